// SPDX-License-Identifier: BSD-3-Clause
// adjtimex and clock_adjtime, asked only: the time they tell is the real time.
#include <report.h>
#include <sys/timex.h>

int main(void) {
    struct timex t = {0};
    HOLDS(adjtimex(&t) >= 0);
    HOLDS(llabs((long long)t.time.tv_sec - (long long)time(NULL)) <= 2);
    printf("%ld\n", t.tick);
    SHOW(adjtimex(BAD));
    struct timex other = {0};
    HOLDS(clock_adjtime(CLOCK_REALTIME, &other) >= 0);
    SHOW(clock_adjtime(CLOCK_MONOTONIC, &other));
    SHOW(clock_adjtime(CLOCK_BOOTTIME, &other));
    SHOW(clock_adjtime(99, &other));
    SHOW(clock_adjtime(CLOCK_REALTIME, BAD));
}
