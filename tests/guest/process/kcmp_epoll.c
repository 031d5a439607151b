// SPDX-License-Identifier: BSD-3-Clause
// kcmp(2) with KCMP_EPOLL_TFD: is a file the one that an epoll watches?
#include <linux/kcmp.h>
#include <report.h>
#include <sys/epoll.h>

static long same(unsigned fd, unsigned epoll, unsigned target, unsigned skipped) {
    struct kcmp_epoll_slot slot = {epoll, target, skipped};
    long outcome = syscall(SYS_kcmp, getpid(), getpid(), KCMP_EPOLL_TFD, (long)fd, (long)&slot);
    return outcome > 1 ? 1 : outcome;  // above or below differs by run
}

int main(void) {
    int a[2], b[2], epoll = epoll_create1(0);
    pipe(a);
    pipe(b);
    struct epoll_event e = {.events = EPOLLIN};
    epoll_ctl(epoll, EPOLL_CTL_ADD, a[0], &e);
    int copy = dup(a[0]);
    SHOW(same(a[0], epoll, a[0], 0));
    SHOW(same(copy, epoll, a[0], 0));
    SHOW(same(b[0], epoll, a[0], 0));
    SHOW(same(a[0], epoll, b[0], 0));
    SHOW(same(a[0], epoll, a[0], 1));
    // The descriptor becomes another file; the first is still watched.
    dup2(b[0], a[0]);
    epoll_ctl(epoll, EPOLL_CTL_ADD, a[0], &e);
    long first = same(copy, epoll, a[0], 0), second = same(copy, epoll, a[0], 1);
    HOLDS(first + second == 1);
    SHOW(same(a[0], epoll, a[0], 2));
    SHOW(same(a[0], a[1], a[0], 0));
    SHOW(same(a[0], 999, a[0], 0));
    SHOW(same(999, epoll, a[0], 0));
    SHOW(syscall(SYS_kcmp, getpid(), getpid(), KCMP_EPOLL_TFD, (long)a[0], BAD));
}
