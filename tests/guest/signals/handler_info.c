// SPDX-License-Identifier: BSD-3-Clause
// A handler sees who sent the signal and how.
#include <report.h>

static void handler(int s, siginfo_t* info, void* context) {
    (void)context;
    printf("signal %d code %d value %d from self %d\n", s, info->si_code,
           info->si_code == SI_QUEUE ? info->si_value.sival_int : 0, info->si_pid == getpid());
}

int main(void) {
    struct sigaction a = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    sigaction(SIGUSR1, &a, NULL);
    sigaction(SIGRTMIN, &a, NULL);
    SHOW(kill(getpid(), SIGUSR1));
    SHOW(raise(SIGUSR1));
    SHOW(sigqueue(getpid(), SIGUSR1, (union sigval){.sival_int = 77}));
    SHOW(sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = 78}));
    SHOW(kill(getpid(), 0));
    SHOW(kill(getpid(), 65));
    SHOW(kill(getpid(), -1));
    SHOW(kill(999999, SIGUSR1));
    SHOW(syscall(SYS_tgkill, getpid(), 999999, SIGUSR1));
    SHOW(syscall(SYS_tgkill, -1, gettid(), SIGUSR1));
    SHOW(syscall(SYS_tkill, gettid(), 0));
    SHOW(sigaction(SIGKILL, &a, NULL));
    SHOW(sigaction(SIGSTOP, &a, NULL));
    SHOW(sigaction(99, &a, NULL));
    struct sigaction old;
    SHOW(sigaction(SIGUSR1, NULL, &old));
    HOLDS(old.sa_sigaction == handler && (old.sa_flags & SA_SIGINFO));
    SHOW(sigaction(SIGKILL, NULL, &old));
    SHOW(syscall(SYS_rt_sigaction, SIGUSR1, NULL, &old, 4));
    SHOW(syscall(SYS_rt_sigaction, SIGUSR1, BAD, NULL, 8));
}
