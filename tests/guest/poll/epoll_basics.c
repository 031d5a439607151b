// SPDX-License-Identifier: BSD-3-Clause
// epoll(7): level, edge, one-shot, changes and errors.
#include <report.h>
#include <sys/epoll.h>

static int e;

static void show(void) {
    struct epoll_event out[8];
    int n = epoll_wait(e, out, 8, 0);
    printf("%d:", n);
    for (int i = 0; i < n; ++i)
        printf(" %x/%lx", out[i].events, (unsigned long)out[i].data.u64);
    puts("");
}

int main(void) {
    own_folder();
    int p[2], q[2];
    pipe(p);
    pipe(q);
    e = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event v = {EPOLLIN, {.u64 = 0x123456789abcUL}};
    SHOW(epoll_ctl(e, EPOLL_CTL_ADD, p[0], &v));
    SHOW(epoll_ctl(e, EPOLL_CTL_ADD, p[0], &v));
    show();
    write(p[1], "x", 1);
    show();
    show();
    v.events = EPOLLIN | EPOLLET;
    SHOW(epoll_ctl(e, EPOLL_CTL_MOD, p[0], &v));
    show();
    show();
    write(p[1], "y", 1);
    show();
    show();
    v.events = EPOLLIN | EPOLLONESHOT;
    SHOW(epoll_ctl(e, EPOLL_CTL_MOD, p[0], &v));
    show();
    show();
    SHOW(epoll_ctl(e, EPOLL_CTL_MOD, p[0], &v));
    show();
    SHOW(epoll_ctl(e, EPOLL_CTL_DEL, p[0], NULL));
    show();
    SHOW(epoll_ctl(e, EPOLL_CTL_DEL, p[0], NULL));
    SHOW(epoll_ctl(e, EPOLL_CTL_MOD, p[0], &v));
    v.events = EPOLLIN;
    SHOW(epoll_ctl(e, EPOLL_CTL_ADD, q[0], &v));
    close(q[1]);
    show();
    close(q[0]);
    show();
    int file = open("file", O_CREAT | O_RDWR, 0600);
    SHOW(epoll_ctl(e, EPOLL_CTL_ADD, file, &v));
    SHOW(epoll_ctl(e, EPOLL_CTL_ADD, e, &v));
    SHOW(epoll_ctl(e, EPOLL_CTL_ADD, 99, &v));
    SHOW(epoll_ctl(99, EPOLL_CTL_ADD, p[0], &v));
    SHOW(epoll_ctl(p[0], EPOLL_CTL_ADD, p[1], &v));
    SHOW(epoll_ctl(e, 9, p[0], &v));
    SHOW(epoll_ctl(e, EPOLL_CTL_ADD, p[0], BAD));
    SHOW(epoll_wait(e, &v, 0, 0));
    SHOW(epoll_wait(p[0], &v, 1, 0));
    SHOW(epoll_create(0));
    SHOW(epoll_create1(1));
}
