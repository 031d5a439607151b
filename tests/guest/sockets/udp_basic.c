// SPDX-License-Identifier: BSD-3-Clause
// Datagrams over the loopback: names, boundaries, peeking, truncation, connect and disconnect.
#include "inet.h"

static char b[70000];

int main(void) {
    int server = socket(AF_INET, SOCK_DGRAM, 0), client = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
    struct sockaddr_in a = v4("127.0.0.1", 0), from, unspecified = {.sin_family = AF_UNSPEC};
    socklen_t n = sizeof from;
    SHOW(bind(server, TO(a)));
    SHOW(bind(server, TO(a)));
    a.sin_port = htons(port_of(server));
    HOLDS(port_of(server) >= 32768);
    show_events(server);
    SHOW(recv(server, b, sizeof b, MSG_DONTWAIT));
    SHOW(send(client, "x", 1, 0));
    SHOW(sendto(client, "hello", 5, 0, TO(a)));
    SHOW(sendto(client, "", 0, 0, TO(a)));
    SHOW(sendto(client, "third", 5, 0, TO(a)));
    show_events(server);
    int waiting = -1;
    SHOW(ioctl(server, FIONREAD, &waiting));
    SHOW(waiting);
    SHOW(recv(server, b, 3, MSG_PEEK));
    SHOW(recv(server, b, 3, MSG_PEEK | MSG_TRUNC));
    SHOW(recvfrom(server, b, 3, MSG_TRUNC, (struct sockaddr*)&from, &n));
    printf("%.3s\n", b);
    SHOW(n);
    show_address("from", &from);
    HOLDS(ntohs(from.sin_port) == port_of(client));
    SHOW(recv(server, b, sizeof b, 0));
    struct iovec v = {b, 2};
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};
    SHOW(recvmsg(server, &m, 0));
    SHOW(m.msg_flags & MSG_TRUNC);
    SHOW(recv(server, b, sizeof b, MSG_DONTWAIT));

    SHOW(connect(client, TO(a)));
    n = sizeof from;
    SHOW(getpeername(client, (struct sockaddr*)&from, &n));
    show_address("peer", &from);
    n = sizeof from;
    getsockname(client, (struct sockaddr*)&from, &n);
    show_address("name", &from);
    SHOW(send(client, "four", 4, 0));
    SHOW(recv(server, b, sizeof b, 0));
    // A connected socket hears nobody else.
    int stranger = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in c = v4("127.0.0.1", port_of(client));
    SHOW(sendto(stranger, "boo", 3, 0, TO(c)));
    SHOW(recv(client, b, sizeof b, MSG_DONTWAIT));
    SHOW(sendto(server, "yes", 3, 0, TO(c)));
    SHOW(recv(client, b, sizeof b, MSG_DONTWAIT));
    SHOW(connect(client, TO(unspecified)));
    SHOW(getpeername(client, (struct sockaddr*)&from, &n));
    n = sizeof from;
    getsockname(client, (struct sockaddr*)&from, &n);
    show_address("name", &from);
    SHOW(send(client, "x", 1, 0));

    memset(b, 'z', sizeof b);
    SHOW(sendto(client, b, 65507, 0, TO(a)));
    SHOW(recv(server, b, sizeof b, 0));
    HOLDS(b[0] == 'z' && b[65506] == 'z');
    SHOW(sendto(client, b, 65508, 0, TO(a)));
    SHOW(sendto(client, b, 1, MSG_OOB, TO(a)));
    a.sin_port = 0;
    SHOW(sendto(client, b, 1, 0, TO(a)));
    struct sockaddr_in elsewhere = v4("192.0.2.77", 0);
    SHOW(bind(stranger, TO(elsewhere)));
    struct sockaddr_in everybody = v4("255.255.255.255", 9);
    SHOW(connect(stranger, TO(everybody)) == -1);
    SHOW(shutdown(stranger, SHUT_RD));
    SHOW(listen(server, 1));
    SHOW(accept(server, NULL, NULL));
    return 0;
}
