// SPDX-License-Identifier: BSD-3-Clause
// posix_spawn, waitpid, exit codes, death by signal.
#include <report.h>
#include <spawn.h>
#include <sys/wait.h>

extern char** environ;

static void run(char* what) {
    char* arguments[] = {"/proc/self/exe", what, NULL};
    pid_t pid;
    SHOW(posix_spawn(&pid, "/proc/self/exe", NULL, NULL, arguments, environ));
    int status = 0;
    HOLDS(waitpid(pid, &status, 0) == pid);
    printf("exited %d %d signaled %d %d\n", WIFEXITED(status),
           WIFEXITED(status) ? WEXITSTATUS(status) : 0, WIFSIGNALED(status),
           WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

int main(int argc, char** argv) {
    if (argc > 1) {
        if (!strcmp(argv[1], "code"))
            return 42;
        if (!strcmp(argv[1], "segv"))
            *(volatile int*)BAD = 1;
        if (!strcmp(argv[1], "kill"))
            raise(SIGKILL);
        return 1;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    run("code");
    run("segv");
    run("kill");
    pid_t pid;
    char* none[] = {"x", NULL};
    SHOW(posix_spawn(&pid, "/missing", NULL, NULL, none, environ));
    SHOW(waitpid(-1, NULL, 0));
    SHOW(waitpid(999999, NULL, 0));
    SHOW(waitpid(-1, NULL, 0x1000));
    siginfo_t info;
    SHOW(waitid(P_ALL, 0, &info, 0));
    SHOW(waitid(P_ALL, 0, &info, WEXITED));
    SHOW(waitid(9, 0, &info, WEXITED));
}
