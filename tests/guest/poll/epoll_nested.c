// SPDX-License-Identifier: BSD-3-Clause
// An epoll descriptor can be polled and watched by another; loops are refused.
#include <poll.h>
#include <report.h>
#include <sys/epoll.h>

int main(void) {
    int p[2], inner = epoll_create1(0), outer = epoll_create1(0);
    pipe(p);
    struct epoll_event v = {EPOLLIN, {.u32 = 1}}, out[2];
    SHOW(epoll_ctl(inner, EPOLL_CTL_ADD, p[0], &v));
    SHOW(epoll_ctl(outer, EPOLL_CTL_ADD, inner, &v));
    SHOW(epoll_ctl(inner, EPOLL_CTL_ADD, outer, &v));
    struct pollfd f = {inner, POLLIN, 0};
    SHOW(poll(&f, 1, 0));
    SHOW(epoll_wait(outer, out, 2, 0));
    write(p[1], "x", 1);
    SHOW(poll(&f, 1, 0));
    SHOW(epoll_wait(outer, out, 2, 1000));
    SHOW(epoll_wait(inner, out, 2, 1000));
    char c;
    read(p[0], &c, 1);
    SHOW(epoll_wait(outer, out, 2, 0));
}
