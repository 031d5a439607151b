// SPDX-License-Identifier: BSD-3-Clause
// epoll with sockets: edges, one shot, exclusive, nested; select and poll beside it.
#include <sys/epoll.h>
#include <sys/select.h>
#include <unix.h>

static int e;

static void show(const char* what) {
    struct epoll_event got[4];
    int n = epoll_wait(e, got, 4, 0);
    printf("%s: %d", what, n);
    for (int i = 0; i < n; ++i)
        printf(" %#x/%d", got[i].events, (int)got[i].data.u32);
    printf("\n");
}

static void add(int fd, unsigned events, int mark) {
    struct epoll_event v = {.events = events, .data.u32 = mark};
    SHOW(epoll_ctl(e, EPOLL_CTL_ADD, fd, &v));
}

int main(void) {
    int s[2];
    char b[16];
    e = epoll_create1(0);
    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, s);
    add(s[0], EPOLLIN | EPOLLET | EPOLLRDHUP, 1);
    show("nothing");
    write(s[1], "ab", 2);
    show("edge");
    show("no new edge");
    write(s[1], "c", 1);
    show("another edge");
    read(s[0], b, sizeof b);
    show("read");
    shutdown(s[1], SHUT_WR);
    show("shut");
    close(s[1]);
    show("closed");
    close(s[0]);

    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, s);
    add(s[0], EPOLLIN | EPOLLONESHOT, 2);
    write(s[1], "x", 1);
    show("once");
    write(s[1], "x", 1);
    show("disarmed");
    struct epoll_event again = {.events = EPOLLIN | EPOLLONESHOT, .data.u32 = 3};
    SHOW(epoll_ctl(e, EPOLL_CTL_MOD, s[0], &again));
    show("armed again");
    SHOW(epoll_ctl(e, EPOLL_CTL_DEL, s[0], NULL));

    add(s[0], EPOLLIN | EPOLLEXCLUSIVE, 4);
    show("exclusive");
    again.events = EPOLLIN;
    SHOW(epoll_ctl(e, EPOLL_CTL_MOD, s[0], &again));
    SHOW(epoll_ctl(e, EPOLL_CTL_DEL, s[0], NULL));

    int inner = e;
    e = epoll_create1(0);
    struct epoll_event v = {.events = EPOLLIN, .data.u32 = 5};
    SHOW(epoll_ctl(inner, EPOLL_CTL_ADD, s[0], &v));
    add(inner, EPOLLIN, 6);
    show("nested");
    read(s[0], b, sizeof b);
    show("nested, empty");

    add(s[0], EPOLLOUT | EPOLLIN, 7);
    show("level out");
    fd_set in, out;
    FD_ZERO(&in);
    FD_ZERO(&out);
    FD_SET(s[0], &in);
    FD_SET(s[1], &out);
    struct timeval now = {0, 0};
    SHOW(select(s[0] > s[1] ? s[0] + 1 : s[1] + 1, &in, &out, NULL, &now));
    HOLDS(!FD_ISSET(s[0], &in) && FD_ISSET(s[1], &out));
    // A listener becomes readable by a connection.
    struct sockaddr_un a;
    socklen_t length = abstract_name(&a, "epoll");
    int l = socket(AF_UNIX, SOCK_STREAM, 0), c = socket(AF_UNIX, SOCK_STREAM, 0);
    bind(l, NAME(a), length), listen(l, 3);
    e = epoll_create1(0);
    add(l, EPOLLIN | EPOLLET, 8);
    show("listening");
    connect(c, NAME(a), length);
    show("connection");
    show("the same connection");
    return 0;
}
