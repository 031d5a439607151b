// SPDX-License-Identifier: BSD-3-Clause
// Time in the application and time in the kernel are told apart, by stat, getrusage and times.
#include <sys/resource.h>
#include <sys/times.h>
#include "proc.h"

static double cpu_time(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static volatile unsigned long sink;
static void compute(double seconds) {
    const double end = cpu_time() + seconds;
    while (cpu_time() < end)
        for (int i = 0; i < 2000000; ++i)
            sink += i;
}
static char buffer[1 << 20];
static void call(double seconds) {
    const int zero = open("/dev/zero", O_RDONLY);
    const double end = cpu_time() + seconds;
    while (cpu_time() < end)
        for (int i = 0; i < 20; ++i)
            read(zero, buffer, sizeof buffer);
    close(zero);
}

static double user(void) {
    return stat_field("/proc/self/stat", 14) / 100.0;
}
static double kernel(void) {
    return stat_field("/proc/self/stat", 15) / 100.0;
}

int main(void) {
    double u = user(), k = kernel();
    compute(1.5);
    double du = user() - u, dk = kernel() - k;
    HOLDS(du > 1.0);
    HOLDS(dk < 0.5);
    const long ticks_of_all = value_of("/proc/stat", "cpu ");
    HOLDS(ticks_of_all >= 100);
    u = user(), k = kernel();
    call(1.5);
    du = user() - u, dk = kernel() - k;
    HOLDS(dk > 1.0);
    HOLDS(du < 0.5);
    const double sum = user() + kernel(), exact = cpu_time();
    HOLDS(sum <= exact + 0.02 && sum > exact - 0.2);
    struct rusage r;
    SHOW(getrusage(RUSAGE_SELF, &r));
    HOLDS(r.ru_utime.tv_sec >= 1 && r.ru_stime.tv_sec >= 1);
    SHOW(getrusage(RUSAGE_THREAD, &r));
    HOLDS(r.ru_utime.tv_sec >= 1 && r.ru_stime.tv_sec >= 1);
    struct tms t;
    times(&t);
    HOLDS(t.tms_utime >= 100 && t.tms_stime >= 100);
    HOLDS(stat_field("/proc/thread-self/stat", 14) >= 100);
    return 0;
}
