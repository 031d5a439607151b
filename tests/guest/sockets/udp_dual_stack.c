// SPDX-License-Identifier: BSD-3-Clause
// One IPv6 socket for both families, and one for IPv6 only.
#include "inet.h"

static char b[100];

int main(void) {
    int both = socket(AF_INET6, SOCK_DGRAM, 0), s4 = socket(AF_INET, SOCK_DGRAM, 0),
        s6 = socket(AF_INET6, SOCK_DGRAM, 0), on = 1;
    struct sockaddr_in6 any = v6("::", 0), from;
    SHOW(bind(both, TO(any)));
    int port = port_of(both);
    SHOW(setsockopt(both, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on));
    struct sockaddr_in a4 = v4("127.0.0.1", port);
    struct sockaddr_in6 a6 = v6("::1", port), mapped = v6("::ffff:127.0.0.1", port);
    socklen_t n = sizeof from;
    SHOW(sendto(s4, "four", 4, 0, TO(a4)));
    SHOW(recvfrom(both, b, sizeof b, MSG_DONTWAIT, (struct sockaddr*)&from, &n));
    show_address("from", &from);
    SHOW(sendto(both, "back", 4, 0, TO(from)));
    SHOW(recv(s4, b, sizeof b, MSG_DONTWAIT));
    SHOW(sendto(s6, "six", 3, 0, TO(a6)));
    n = sizeof from;
    SHOW(recvfrom(both, b, sizeof b, MSG_DONTWAIT, (struct sockaddr*)&from, &n));
    show_address("from", &from);
    int m = socket(AF_INET6, SOCK_DGRAM, 0);
    SHOW(connect(m, TO(mapped)));
    SHOW(send(m, "mapped", 6, 0));
    SHOW(recv(both, b, sizeof b, MSG_DONTWAIT));
    n = sizeof from;
    SHOW(getsockname(m, (struct sockaddr*)&from, &n));
    show_address("name", &from);
    SHOW(bind(s4, TO(a4)));
    int taken = socket(AF_INET, SOCK_DGRAM, 0);
    SHOW(bind(taken, TO(a4)));
    int only = socket(AF_INET6, SOCK_DGRAM, 0);
    SHOW(setsockopt(only, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on));
    SHOW(bind(only, TO(mapped)));
    SHOW(sendto(only, "x", 1, 0, TO(mapped)));
    SHOW(bind(only, TO(any)));
    a4.sin_port = htons(port_of(only));
    SHOW(bind(taken, TO(a4)));
    SHOW(sendto(s6, "x", 1, 0, TO(a4)));
    return 0;
}
