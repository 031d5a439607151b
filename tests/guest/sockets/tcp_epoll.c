// SPDX-License-Identifier: BSD-3-Clause
// epoll(7) on TCP: level and edge, connections and data and ends.
#include <sys/epoll.h>
#include <tcp.h>

static int ep;
static void watch(int s, uint32_t events, int name) {
    struct epoll_event e = {.events = events, .data.u32 = (uint32_t)name};
    SHOW(epoll_ctl(ep, EPOLL_CTL_ADD, s, &e));
}
static void events(const char* when) {
    struct epoll_event e[8];
    int n = epoll_wait(ep, e, 8, 100);
    printf("%s: %d", when, n);
    for (int i = 0; i < n; ++i)
        printf(" %u:%x", e[i].data.u32, e[i].events);
    puts("");
}

int main(void) {
    char b[16];
    ep = epoll_create1(0);
    int l = listener(4);
    watch(l, EPOLLIN, 1);
    events("idle");
    int s = tcp_socket();
    SHOW(connect_to(s, port_of(l)));
    events("connection");
    int a = accept(l, NULL, NULL);
    events("accepted");
    watch(a, EPOLLIN | EPOLLRDHUP | EPOLLET, 2);
    SHOW(send(s, "ab", 2, 0));
    events("edge");
    events("no edge");
    SHOW(recv(a, b, 1, 0));
    events("no edge");
    SHOW(send(s, "c", 1, 0));
    events("edge");
    SHOW(recv(a, b, 16, 0));
    watch(s, EPOLLIN | EPOLLOUT, 3);
    events("writable");
    SHOW(shutdown(s, SHUT_WR));
    events("half closed");
    close(a);
    events("closed");
    SHOW(recv(s, b, 1, 0));
    return 0;
}
