// SPDX-License-Identifier: BSD-3-Clause
// epoll finds a TCP socket full when it looks again at what it reported before, and must hear of
// room later. (The kernel once asked for that only while somebody subscribed or a write was cut
// short: lighttpd, whose last write fitted exactly, slept for ever.)
#include <arpa/inet.h>
#include <netinet/in.h>
#include <report.h>
#include <sys/epoll.h>
#include <sys/socket.h>

static void connect_pair(int* from, int* to) {
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof a;
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    bind(listener, (struct sockaddr*)&a, sizeof a);
    listen(listener, 1);
    getsockname(listener, (struct sockaddr*)&a, &length);
    *from = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    connect(*from, (struct sockaddr*)&a, sizeof a);
    *to = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    close(listener);
}

int main(void) {
    int from, to;
    connect_pair(&from, &to);
    const int e = epoll_create1(0);
    struct epoll_event wanted = {.events = EPOLLIN | EPOLLOUT}, got = {0};
    SHOW(epoll_ctl(e, EPOLL_CTL_ADD, from, &wanted));
    SHOW(epoll_wait(e, &got, 1, 60000));
    static char block[1024];
    long sent = 0, cut = 0;
    while (epoll_wait(e, &got, 1, 0) == 1) {
        const ssize_t n = write(from, block, sizeof block);
        cut += n != (ssize_t)sizeof block;
        sent += n > 0 ? n : 0;
    }
    printf("writes cut short: %ld\n", cut);
    static char hole[65536];
    for (ssize_t n; sent > 0; sent -= n > 0 ? n : 0)
        n = read(to, hole, sizeof hole);
    SHOW(epoll_wait(e, &got, 1, 60000));
    printf("events %x\n", got.events);
}
