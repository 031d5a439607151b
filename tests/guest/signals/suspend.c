// SPDX-License-Identifier: BSD-3-Clause
// sigsuspend, pause, sigwaitinfo, sigtimedwait.
#include <pthread.h>
#include <report.h>

static void handler(int s) {
    printf("handler %d\n", s);
}

static volatile int main_tid;

static void* poke(void* target) {
    wait_asleep(&main_tid);
    pthread_kill(*(pthread_t*)target, SIGUSR1);
    return NULL;
}

int main(void) {
    main_tid = gettid();
    signal(SIGUSR1, handler);
    sigset_t blocked, none, wanted;
    sigemptyset(&none);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    raise(SIGUSR1);
    SHOW(sigsuspend(&none));
    sigset_t now;
    sigprocmask(SIG_BLOCK, NULL, &now);
    printf("blocked again %d\n", sigismember(&now, SIGUSR1));
    sigprocmask(SIG_UNBLOCK, &blocked, NULL);
    pthread_t self = pthread_self(), t;
    pthread_create(&t, NULL, poke, &self);
    SHOW(pause());
    pthread_join(t, NULL);

    sigemptyset(&wanted);
    sigaddset(&wanted, SIGUSR2);
    sigaddset(&wanted, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &wanted, NULL);
    struct timespec soon = {0, 20000000}, bad = {0, -1};
    siginfo_t info;
    SHOW(sigtimedwait(&wanted, &info, &soon));
    SHOW(sigtimedwait(&wanted, &info, &bad));
    sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = 5});
    raise(SIGUSR2);
    SHOW(sigwaitinfo(&wanted, &info));
    SHOW(sigwaitinfo(&wanted, &info) == SIGRTMIN);
    printf("value %d\n", info.si_value.sival_int);
    SHOW(syscall(SYS_rt_sigtimedwait, BAD, NULL, NULL, 8));
}
