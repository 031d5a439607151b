// SPDX-License-Identifier: BSD-3-Clause
// timer_create and friends: signals with values, overruns, threads, errors.
#include <report.h>

static volatile int count, value;

static void handler(int s, siginfo_t* info, void* context) {
    (void)s, (void)context;
    ++count;
    value = info->si_value.sival_int;
    if (info->si_code != SI_TIMER)
        value = -1;
}

int main(void) {
    struct sigaction a = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    sigaction(SIGRTMIN, &a, NULL);
    struct sigevent e = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};
    e.sigev_value.sival_int = 55;
    timer_t t, none;
    SHOW(timer_create(CLOCK_MONOTONIC, &e, &t));
    struct itimerspec s = {{0, 0}, {0, 10000000}}, old;
    SHOW(timer_settime(t, 0, &s, &old));
    printf("%ld %ld\n", (long)old.it_value.tv_sec, old.it_value.tv_nsec);
    wait_change(&count, 0);
    printf("value %d\n", value);
    SHOW(timer_gettime(t, &old));
    printf("%ld %ld\n", (long)old.it_value.tv_sec, old.it_value.tv_nsec);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &set, NULL);
    s.it_interval.tv_nsec = s.it_value.tv_nsec = 1000000;
    SHOW(timer_settime(t, 0, &s, NULL));
    sleep_ms(50);
    s.it_value.tv_nsec = s.it_interval.tv_nsec = 0;
    siginfo_t info;
    SHOW(sigwaitinfo(&set, &info) == SIGRTMIN);
    SHOW(timer_settime(t, 0, &s, NULL));
    HOLDS(info.si_value.sival_int == 55);
    SHOW(timer_delete(t));
    SHOW(timer_delete(t));
    e.sigev_notify = SIGEV_NONE;
    SHOW(timer_create(CLOCK_REALTIME, &e, &none));
    s.it_value.tv_sec = 100;
    SHOW(timer_settime(none, 0, &s, NULL));
    SHOW(timer_gettime(none, &old));
    HOLDS(old.it_value.tv_sec > 1 && old.it_value.tv_sec <= 100);
    SHOW(timer_getoverrun(none));
    s.it_value.tv_nsec = 1000000000;
    SHOW(timer_settime(none, 0, &s, NULL));
    e.sigev_notify = 77;
    SHOW(timer_create(CLOCK_MONOTONIC, &e, &t));
    e.sigev_notify = SIGEV_SIGNAL, e.sigev_signo = 99;
    SHOW(timer_create(CLOCK_MONOTONIC, &e, &t));
    SHOW(timer_create(99, NULL, &t));
}
