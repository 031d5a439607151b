// SPDX-License-Identifier: BSD-3-Clause
// Blocking, pending and the order in which signals arrive.
#include <report.h>

static void handler(int s) {
    printf("got %d\n", s == SIGRTMIN + 1 ? 1000 : s);
}

int main(void) {
    signal(SIGUSR1, handler);
    signal(SIGUSR2, handler);
    signal(SIGRTMIN + 1, handler);
    sigset_t set, old, pending;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);
    sigaddset(&set, SIGRTMIN + 1);
    sigaddset(&set, SIGKILL);
    SHOW(sigprocmask(SIG_BLOCK, &set, &old));
    SHOW(sigprocmask(SIG_BLOCK, NULL, &old));
    printf("kill blocked %d\n", sigismember(&old, SIGKILL));
    raise(SIGUSR2);
    raise(SIGUSR1);
    raise(SIGUSR1);
    for (int i = 0; i < 3; ++i)
        raise(SIGRTMIN + 1);
    sigpending(&pending);
    printf("pending %d %d %d\n", sigismember(&pending, SIGUSR1), sigismember(&pending, SIGUSR2),
           sigismember(&pending, SIGTERM));
    SHOW(sigprocmask(SIG_UNBLOCK, &set, NULL));
    sigpending(&pending);
    printf("pending %d\n", sigismember(&pending, SIGUSR1));
    SHOW(syscall(SYS_rt_sigprocmask, 9, &set, NULL, 8));
    SHOW(syscall(SYS_rt_sigprocmask, 9, NULL, NULL, 8));
    SHOW(syscall(SYS_rt_sigprocmask, SIG_BLOCK, BAD, NULL, 8));
    SHOW(syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, NULL, 16));
}
