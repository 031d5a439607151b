// SPDX-License-Identifier: BSD-3-Clause
// Two programs joined by a pipe: file actions of posix_spawn.
#include <report.h>
#include <spawn.h>
#include <sys/wait.h>

extern char** environ;

int main(int argc, char** argv) {
    if (argc > 1 && !strcmp(argv[1], "child")) {
        char line[100];
        while (fgets(line, sizeof line, stdin))
            printf("child read %s", line);
        return 5;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    int p[2];
    pipe2(p, O_CLOEXEC);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, p[0], 0);
    char* arguments[] = {"x", "child", NULL};
    pid_t pid;
    SHOW(posix_spawn(&pid, "/proc/self/exe", &actions, NULL, arguments, environ));
    close(p[0]);
    SHOW(write(p[1], "one\ntwo\n", 8));
    close(p[1]);
    int status;
    HOLDS(waitpid(pid, &status, 0) == pid);
    printf("code %d\n", WEXITSTATUS(status));
}
