// SPDX-License-Identifier: BSD-3-Clause
// Options of IP and UDP: what they are at first, what may be set, what comes back.
#include <netinet/udp.h>

#include "inet.h"

static int s, t;

static void try4(const char* name, int level, int option, int value) {
    int old = -99, now = -99;
    socklen_t n = sizeof old, m = sizeof now;
    int fd = level == IPPROTO_IPV6 ? t : s;
    int got = getsockopt(fd, level, option, &old, &n);
    int set = setsockopt(fd, level, option, &value, sizeof value);
    int error = errno;
    getsockopt(fd, level, option, &now, &m);
    printf("%s: %d -> %d: %s, %d\n", name, got ? -1 : old, value,
           set ? strerrorname_np(error) : "set", now);
}
#define TRY4(level, option, value) try4(#option, level, option, value)

int main(void) {
    s = socket(AF_INET, SOCK_DGRAM, 0);
    t = socket(AF_INET6, SOCK_DGRAM, 0);
    TRY4(IPPROTO_IP, IP_TOS, 0x10);
    TRY4(IPPROTO_IP, IP_TTL, 7);
    TRY4(IPPROTO_IP, IP_TTL, 0);
    TRY4(IPPROTO_IP, IP_TTL, 256);
    TRY4(IPPROTO_IP, IP_TTL, -1);
    TRY4(IPPROTO_IP, IP_PKTINFO, 5);
    TRY4(IPPROTO_IP, IP_RECVTTL, 1);
    TRY4(IPPROTO_IP, IP_RECVTOS, 1);
    TRY4(IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO);
    TRY4(IPPROTO_IP, IP_MTU_DISCOVER, 9);
    TRY4(IPPROTO_IP, IP_RECVERR, 1);
    TRY4(IPPROTO_IP, IP_FREEBIND, 1);
    TRY4(IPPROTO_IP, IP_MULTICAST_TTL, 9);
    TRY4(IPPROTO_IP, IP_MULTICAST_TTL, -1);
    TRY4(IPPROTO_IP, IP_MULTICAST_TTL, 300);
    TRY4(IPPROTO_IP, IP_MULTICAST_LOOP, 0);
    TRY4(IPPROTO_IP, IP_MULTICAST_ALL, 0);
    TRY4(IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
    TRY4(IPPROTO_IP, 199, 1);
    TRY4(IPPROTO_IPV6, IPV6_UNICAST_HOPS, 9);
    TRY4(IPPROTO_IPV6, IPV6_UNICAST_HOPS, 256);
    TRY4(IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 9);
    TRY4(IPPROTO_IPV6, IPV6_TCLASS, 0x20);
    TRY4(IPPROTO_IPV6, IPV6_V6ONLY, 1);
    TRY4(IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
    TRY4(IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
    TRY4(IPPROTO_IPV6, IPV6_RECVTCLASS, 1);
    TRY4(IPPROTO_IPV6, IPV6_RECVERR, 1);
    TRY4(IPPROTO_IPV6, IPV6_DONTFRAG, 1);
    TRY4(IPPROTO_UDP, UDP_CORK, 1);
    TRY4(IPPROTO_UDP, UDP_CORK, 0);
    TRY4(IPPROTO_UDP, UDP_SEGMENT, 1000);
    TRY4(IPPROTO_UDP, UDP_SEGMENT, 70000);
    TRY4(IPPROTO_UDP, UDP_GRO, 1);
    TRY4(IPPROTO_UDP, 77, 1);
    unsigned char small = 0;
    socklen_t n = 1;
    SHOW(getsockopt(s, IPPROTO_IP, IP_TOS, &small, &n));
    SHOW(small);
    SHOW(n);
    small = 9;
    SHOW(setsockopt(s, IPPROTO_IP, IP_TTL, &small, 1));
    SHOW(setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, &n, sizeof n));
    SHOW(socket(AF_INET, SOCK_DGRAM, IPPROTO_TCP));
    SHOW(socket(AF_INET, SOCK_RAW, 0));
    SHOW(socket(AF_INET, SOCK_SEQPACKET, 0));
    SHOW(socket(AF_INET, SOCK_DGRAM, -1));
    SHOW(socket(AF_INET6, SOCK_DGRAM, IPPROTO_ICMP));
    return 0;
}
