// SPDX-License-Identifier: BSD-3-Clause
// setitimer and alarm: repeated, one shot, what is left; CPU time timers.
#include <report.h>
#include <sys/time.h>

static volatile int count[65];

static void handler(int s) {
    ++count[s];
}

int main(void) {
    signal(SIGALRM, handler);
    signal(SIGVTALRM, handler);
    signal(SIGPROF, handler);
    struct itimerval t = {{0, 5000}, {0, 5000}}, old;
    SHOW(setitimer(ITIMER_REAL, &t, NULL));
    while (count[SIGALRM] < 5)
        pause();
    struct itimerval stop = {{0, 0}, {0, 0}};
    SHOW(setitimer(ITIMER_REAL, &stop, &old));
    HOLDS(old.it_interval.tv_usec == 5000 && old.it_value.tv_usec <= 5000);
    int seen = count[SIGALRM];
    sleep_ms(30);
    HOLDS(count[SIGALRM] == seen);
    SHOW(alarm(100));
    unsigned left = alarm(0);
    HOLDS(left > 1 && left <= 100);
    SHOW(alarm(0));
    t.it_interval.tv_usec = 0, t.it_value.tv_usec = 10000;
    SHOW(setitimer(ITIMER_VIRTUAL, &t, NULL));
    SHOW(setitimer(ITIMER_PROF, &t, NULL));
    int64_t give_up = now_ns() + 50000000000LL;
    while ((!count[SIGVTALRM] || !count[SIGPROF]) && now_ns() < give_up)
        ;
    printf("%d %d\n", count[SIGVTALRM], count[SIGPROF]);
    SHOW(getitimer(ITIMER_REAL, &old));
    printf("%ld %ld\n", (long)old.it_value.tv_sec, (long)old.it_value.tv_usec);
    SHOW(getitimer(9, &old));
    t.it_value.tv_usec = 1000000;
    SHOW(setitimer(ITIMER_REAL, &t, NULL));
    SHOW(getitimer(ITIMER_REAL, BAD));
}
