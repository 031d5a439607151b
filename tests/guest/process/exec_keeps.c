// SPDX-License-Identifier: BSD-3-Clause
// What exec keeps and drops: pid, descriptors, masks, handlers, environment.
#include <report.h>

static void handler(int s) {
    (void)s;
}

int main(int argc, char** argv, char** environment) {
    if (argc > 1) {
        printf("argc %d argv %s %s\n", argc, argv[0], argv[1]);
        for (; *environment; ++environment)
            puts(*environment);
        printf("same pid %d\n", atoi(argv[2]) == getpid());
        SHOW(fcntl(50, F_GETFD));
        SHOW(fcntl(51, F_GETFD));
        sigset_t mask;
        sigprocmask(SIG_BLOCK, NULL, &mask);
        printf("usr1 blocked %d\n", sigismember(&mask, SIGUSR1));
        struct sigaction a;
        sigaction(SIGUSR2, NULL, &a);
        printf("usr2 default %d\n", a.sa_handler == SIG_DFL);
        sigaction(SIGHUP, NULL, &a);
        printf("hup ignored %d\n", a.sa_handler == SIG_IGN);
        sigset_t pending;
        sigpending(&pending);
        printf("usr1 pending %d\n", sigismember(&pending, SIGUSR1));
        return 0;
    }
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR1);
    sigprocmask(SIG_BLOCK, &mask, NULL);
    raise(SIGUSR1);
    signal(SIGUSR2, handler);
    signal(SIGHUP, SIG_IGN);
    dup2(0, 50);
    dup3(0, 51, O_CLOEXEC);
    char pid[20];
    sprintf(pid, "%d", getpid());
    char* arguments[] = {"name", "one", pid, NULL};
    char* variables[] = {"A=1", "B=two", NULL};
    (void)argv;
    execve("/proc/self/exe", arguments, variables);
    perror("execve");
    return 1;
}
