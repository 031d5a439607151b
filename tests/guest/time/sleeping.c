// SPDX-License-Identifier: BSD-3-Clause
// nanosleep and clock_nanosleep sleep at least as long as told.
#include <report.h>

int main(void) {
    struct timespec t = {0, 30000000};
    int64_t start = now_ns();
    SHOW(nanosleep(&t, NULL));
    HOLDS(now_ns() - start >= 30000000);
    t.tv_nsec = 1000000000;
    SHOW(nanosleep(&t, NULL));
    t.tv_nsec = -1;
    SHOW(nanosleep(&t, NULL));
    t.tv_sec = -1, t.tv_nsec = 0;
    SHOW(nanosleep(&t, NULL));
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_nsec += 30000000;
    if (t.tv_nsec >= 1000000000)
        t.tv_nsec -= 1000000000, ++t.tv_sec;
    SHOW(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL));
    HOLDS(now_ns() >= t.tv_sec * 1000000000LL + t.tv_nsec);
    SHOW(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL));
    clock_gettime(CLOCK_REALTIME, &t);
    SHOW(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &t, NULL));
    printf("%d %d\n", clock_nanosleep(99, 0, &t, NULL),
           clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &t, NULL));
    t.tv_sec = 0, t.tv_nsec = 5000000;
    SHOW(clock_nanosleep(CLOCK_BOOTTIME, 0, &t, NULL));
}
