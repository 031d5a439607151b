// SPDX-License-Identifier: BSD-3-Clause
// Clocks go forward, agree with each other, and refuse nonsense.
#include <report.h>
#include <sys/time.h>

int main(void) {
    struct timespec a, b, r;
    clock_gettime(CLOCK_MONOTONIC, &a);
    int backward = 0;
    for (int i = 0; i < 100000; ++i) {
        clock_gettime(CLOCK_MONOTONIC, &b);
        backward += b.tv_sec < a.tv_sec || (b.tv_sec == a.tv_sec && b.tv_nsec < a.tv_nsec);
        a = b;
    }
    printf("backward %d\n", backward);
    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &a);
    clock_gettime(CLOCK_MONOTONIC, &b);
    HOLDS((b.tv_sec - a.tv_sec) * 1000000000L + b.tv_nsec - a.tv_nsec >= 0);
    struct timeval v;
    gettimeofday(&v, NULL);
    time_t later = time(NULL);  // of the last tick, and maybe long after
    HOLDS(later >= v.tv_sec - 1 && later < v.tv_sec + 300 && v.tv_sec > 1600000000);
    clock_gettime(CLOCK_REALTIME, &a);
    HOLDS(a.tv_sec >= v.tv_sec && a.tv_sec < v.tv_sec + 300);
    SHOW(clock_gettime(CLOCK_BOOTTIME, &a));
    SHOW(clock_gettime(CLOCK_MONOTONIC_COARSE, &a));
    SHOW(clock_gettime(CLOCK_TAI, &a));
    SHOW(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a));
    SHOW(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b));
    SHOW(clock_gettime(99, &a));
    SHOW(clock_getres(CLOCK_MONOTONIC, &r));
    printf("%ld %ld\n", (long)r.tv_sec, r.tv_nsec);
    SHOW(clock_getres(99, NULL));
    clockid_t own;
    SHOW(clock_getcpuclockid(getpid(), &own));
    SHOW(clock_gettime(own, &a));
    a.tv_nsec = -1;
    SHOW(clock_settime(CLOCK_REALTIME, &a));
    SHOW(clock_settime(CLOCK_MONOTONIC, &b));
}
