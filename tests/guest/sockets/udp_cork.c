// SPDX-License-Identifier: BSD-3-Clause
// Collecting one datagram of several calls, and cutting one call into several.
#include <netinet/udp.h>

#include "inet.h"

static char b[5000];

int main(void) {
    int r = socket(AF_INET, SOCK_DGRAM, 0), s = socket(AF_INET, SOCK_DGRAM, 0), on = 1, off = 0;
    struct sockaddr_in a = v4("127.0.0.1", 0);
    bind(r, TO(a));
    a.sin_port = htons(port_of(r));
    SHOW(sendto(s, "one ", 4, MSG_MORE, TO(a)));
    SHOW(recv(r, b, sizeof b, MSG_DONTWAIT));
    SHOW(sendto(s, "two", 3, 0, TO(a)));
    SHOW(recv(r, b, sizeof b, MSG_DONTWAIT));
    printf("%.7s\n", b);
    SHOW(connect(s, TO(a)));
    SHOW(setsockopt(s, IPPROTO_UDP, UDP_CORK, &on, sizeof on));
    SHOW(send(s, "a", 1, 0));
    SHOW(send(s, "b", 1, 0));
    SHOW(recv(r, b, sizeof b, MSG_DONTWAIT));
    SHOW(setsockopt(s, IPPROTO_UDP, UDP_CORK, &off, sizeof off));
    SHOW(recv(r, b, sizeof b, MSG_DONTWAIT));
    SHOW(recv(r, b, sizeof b, MSG_DONTWAIT));
    int size = 1000;
    SHOW(setsockopt(s, IPPROTO_UDP, UDP_SEGMENT, &size, sizeof size));
    SHOW(send(s, b, 2500, 0));
    SHOW(recv(r, b, sizeof b, MSG_DONTWAIT));
    SHOW(recv(r, b, sizeof b, MSG_DONTWAIT));
    SHOW(recv(r, b, sizeof b, MSG_DONTWAIT));
    SHOW(recv(r, b, sizeof b, MSG_DONTWAIT));
    return 0;
}
