// SPDX-License-Identifier: BSD-3-Clause
// Runs programs one after another and marks on standard output where the words of each begin and
// how it ended, so that one boot of a guest can run many:
//     launcher SECONDS PROGRAM…
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char** environ;

static void nothing(int signal) {
    (void)signal;
}

/// Waits for the program; kills it when the time is over. @return its status.
static int wait_for(pid_t pid, int seconds) {
    int status;
    alarm((unsigned)seconds);
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR)
            return -1;
        printf("\n@late\n");
        fflush(stdout);
        kill(pid, SIGKILL);
    }
    alarm(0);
    return status;
}

int main(int argc, char** argv) {
    struct sigaction action = {.sa_handler = nothing};
    sigaction(SIGALRM, &action, NULL);
    for (int i = 2; i < argc; ++i) {
        printf("@begin %s\n", argv[i]);
        fflush(stdout);
        char* arguments[] = {argv[i], NULL};
        pid_t pid;
        int failed = posix_spawn(&pid, argv[i], NULL, NULL, arguments, environ);
        if (failed) {
            printf("\n@end spawn %s\n", strerror(failed));
            continue;
        }
        int status = wait_for(pid, atoi(argv[1]));
        if (WIFEXITED(status))
            printf("\n@end exit %d\n", WEXITSTATUS(status));
        else
            printf("\n@end signal %d\n", WTERMSIG(status));
        fflush(stdout);
    }
    return 0;
}
