// SPDX-License-Identifier: BSD-3-Clause
// Groups on the loopback interface: members, all of them, filters of sources, leaving.
#include "inet.h"

static char b[100];

int main(void) {
    struct sockaddr_in any = v4("0.0.0.0", 0), group = v4("239.1.2.3", 0);
    int r1 = socket(AF_INET, SOCK_DGRAM, 0), r2 = socket(AF_INET, SOCK_DGRAM, 0),
        s = socket(AF_INET, SOCK_DGRAM, 0), on = 1, off = 0;
    setsockopt(r1, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(r2, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    struct sockaddr_in lo_address = v4("127.0.0.1", 0);
    bind(s, TO(lo_address));
    SHOW(bind(r1, TO(any)));
    any.sin_port = group.sin_port = htons(port_of(r1));
    SHOW(bind(r2, TO(any)));
    SHOW(setsockopt(r2, IPPROTO_IP, IP_MULTICAST_ALL, &off, sizeof off));
    struct ip_mreqn lo = {group.sin_addr, {0}, 1}, unicast = {{htonl(0x7f000001)}, {0}, 1};
    SHOW(setsockopt(s, IPPROTO_IP, IP_MULTICAST_IF, &lo, sizeof lo));
    SHOW(setsockopt(r1, IPPROTO_IP, IP_ADD_MEMBERSHIP, &lo, sizeof lo));
    SHOW(setsockopt(r1, IPPROTO_IP, IP_ADD_MEMBERSHIP, &lo, sizeof lo));
    SHOW(setsockopt(r1, IPPROTO_IP, IP_ADD_MEMBERSHIP, &unicast, sizeof unicast));
    SHOW(setsockopt(r1, IPPROTO_IP, IP_ADD_MEMBERSHIP, &lo, 4));
    SHOW(sendto(s, "one", 3, 0, TO(group)));
    SHOW(recv(r1, b, sizeof b, MSG_DONTWAIT));
    SHOW(recv(r2, b, sizeof b, MSG_DONTWAIT));
    SHOW(setsockopt(r2, IPPROTO_IP, IP_ADD_MEMBERSHIP, &lo, sizeof lo));
    SHOW(sendto(s, "both", 4, 0, TO(group)));
    SHOW(recv(r1, b, sizeof b, MSG_DONTWAIT));
    SHOW(recv(r2, b, sizeof b, MSG_DONTWAIT));
    SHOW(setsockopt(r1, IPPROTO_IP, IP_DROP_MEMBERSHIP, &lo, sizeof lo));
    SHOW(setsockopt(r1, IPPROTO_IP, IP_DROP_MEMBERSHIP, &lo, sizeof lo));
    SHOW(sendto(s, "all", 3, 0, TO(group)));
    SHOW(recv(r1, b, sizeof b, MSG_DONTWAIT));
    SHOW(recv(r2, b, sizeof b, MSG_DONTWAIT));
    // Somebody whom the socket does not want to hear.
    struct ip_mreq_source block = {group.sin_addr, {htonl(0x7f000001)}, {htonl(0x7f000001)}};
    SHOW(setsockopt(r2, IPPROTO_IP, IP_BLOCK_SOURCE, &block, sizeof block));
    SHOW(sendto(s, "no", 2, 0, TO(group)));
    SHOW(recv(r2, b, sizeof b, MSG_DONTWAIT));
    SHOW(setsockopt(r2, IPPROTO_IP, IP_BLOCK_SOURCE, &block, sizeof block));
    SHOW(setsockopt(r2, IPPROTO_IP, IP_UNBLOCK_SOURCE, &block, sizeof block));
    SHOW(sendto(s, "yes", 3, 0, TO(group)));
    SHOW(recv(r2, b, sizeof b, MSG_DONTWAIT));
    return 0;
}
