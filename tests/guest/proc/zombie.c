// SPDX-License-Identifier: BSD-3-Clause
// What is left of a process that has ended and was not waited for; what its parent has of it.
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include "proc.h"

static volatile unsigned long sink;

int main(int count, char** arguments) {
    if (count > 1) {
        struct rusage r;
        do {
            for (int i = 0; i < 1000000; ++i)
                sink += i;
            getrusage(RUSAGE_SELF, &r);
        } while (r.ru_utime.tv_usec + r.ru_stime.tv_usec < 300000 && r.ru_utime.tv_sec == 0);
        return 7;
    }
    char path[64];
    char* command[] = {arguments[0], "child", NULL};
    pid_t child;
    SHOW(posix_spawn(&child, "/proc/self/exe", NULL, NULL, command, NULL));
    siginfo_t info;
    SHOW(waitid(P_PID, child, &info, WEXITED | WNOWAIT));
    snprintf(path, sizeof path, "/proc/%d/stat", child);
    const char* text = text_of(path);
    printf("%s\n", strstr(text, "(exe) Z") || strstr(text, "(zombie) Z") ? "zombie" : text);
    SHOW(stat_field(path, 24));
    SHOW(stat_field(path, 20));
    snprintf(path, sizeof path, "/proc/%d/status", child);
    HOLDS(strstr(text_of(path), "Z (zombie)") != NULL);
    SHOW(value_of(path, "VmRSS:"));
    SHOW(value_of(path, "PPid:\t") == getpid());
    snprintf(path, sizeof path, "/proc/%d/cmdline", child);
    SHOW(strlen(text_of(path)));
    snprintf(path, sizeof path, "/proc/%d/maps", child);
    SHOW(strlen(text_of(path)));
    snprintf(path, sizeof path, "/proc/%d/exe", child);
    char target[10];
    SHOW(readlink(path, target, sizeof target));
    int status;
    SHOW(waitpid(child, &status, 0) == child);
    SHOW(WEXITSTATUS(status));
    SHOW(access(path, F_OK));
    HOLDS(stat_field("/proc/self/stat", 16) + stat_field("/proc/self/stat", 17) >= 29);
    HOLDS(stat_field("/proc/self/stat", 11) > 0);
    return 0;
}
