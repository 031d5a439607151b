// SPDX-License-Identifier: BSD-3-Clause
// timerfd: expirations, rearming, errors.
#include <poll.h>
#include <report.h>
#include <sys/timerfd.h>

int main(void) {
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    uint64_t n = 0;
    SHOW(read(fd, &n, 8));
    struct itimerspec t = {{0, 10000000}, {0, 10000000}}, old;
    int64_t start = now_ns();
    SHOW(timerfd_settime(fd, 0, &t, NULL));
    struct pollfd f = {fd, POLLIN, 0};
    SHOW(poll(&f, 1, -1));
    sleep_ms(50);
    SHOW(read(fd, &n, 8));
    HOLDS(n >= 4 && (int64_t)n <= (now_ns() - start) / 10000000);
    SHOW(read(fd, &n, 4));
    SHOW(timerfd_gettime(fd, &old));
    HOLDS(old.it_interval.tv_nsec == 10000000 && old.it_value.tv_nsec <= 10000000);
    t.it_value.tv_nsec = 0;
    SHOW(timerfd_settime(fd, 0, &t, &old));
    SHOW(poll(&f, 1, 20));
    SHOW(timerfd_gettime(fd, &old));
    printf("%ld %ld\n", (long)old.it_value.tv_sec, old.it_value.tv_nsec);
    clock_gettime(CLOCK_MONOTONIC, &t.it_value);
    t.it_interval.tv_nsec = 0;
    SHOW(timerfd_settime(fd, TFD_TIMER_ABSTIME, &t, NULL));
    SHOW(poll(&f, 1, -1));
    SHOW(read(fd, &n, 8));
    printf("%lu\n", (unsigned long)n);
    t.it_value.tv_nsec = 1000000000;
    SHOW(timerfd_settime(fd, 0, &t, NULL));
    SHOW(timerfd_settime(0, 0, &old, NULL));
    SHOW(timerfd_settime(fd, 0, BAD, NULL));
    SHOW(timerfd_create(99, 0));
    SHOW(timerfd_create(CLOCK_MONOTONIC, 1));
}
