// SPDX-License-Identifier: BSD-3-Clause
// Echo by raw sockets, filters of ICMP types, a header of one's own.
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>

#include "inet.h"

static unsigned char b[1500];

static unsigned short sum(const void* data, size_t n) {
    unsigned long s = 0;
    const unsigned short* w = data;
    for (; n > 1; n -= 2)
        s += *w++;
    if (n)
        s += *(const unsigned char*)w;
    while (s >> 16)
        s = (s & 0xffff) + (s >> 16);
    return (unsigned short)~s;
}

int main(void) {
    int s = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), level_raw = 255;
    if (s < 0) {
        SHOW(s);
        return 0;
    }
    unsigned filter = ~(1u << ICMP_ECHOREPLY);
    SHOW(setsockopt(s, level_raw, 1, &filter, sizeof filter));
    struct sockaddr_in a = v4("127.0.0.1", 0), from;
    struct {
        struct icmphdr h;
        char data[8];
    } echo = {.h = {.type = ICMP_ECHO}, .data = "12345678"};
    echo.h.un.echo.id = htons(77);
    echo.h.un.echo.sequence = htons(1);
    echo.h.checksum = sum(&echo, sizeof echo);
    SHOW(sendto(s, &echo, sizeof echo, 0, TO(a)));
    socklen_t n = sizeof from;
    long got;
    SHOW(got = recvfrom(s, b, sizeof b, MSG_DONTWAIT, (struct sockaddr*)&from, &n));
    struct iphdr* ip = (void*)b;
    struct icmphdr* reply = (void*)(b + ip->ihl * 4);
    show_address("from", &from);
    printf("version %d ttl %d protocol %d length %d type %d sequence %d sum %d\n", ip->version,
           ip->ttl, ip->protocol, ntohs(ip->tot_len), reply->type, ntohs(reply->un.echo.sequence),
           sum(reply, (size_t)got - ip->ihl * 4u));
    SHOW(recv(s, b, sizeof b, MSG_DONTWAIT));

    // Our own header: length, checksum and source are filled in.
    int own = socket(AF_INET, SOCK_RAW, IPPROTO_RAW), udp = socket(AF_INET, SOCK_DGRAM, 0);
    bind(udp, TO(a));
    struct {
        struct iphdr ip;
        unsigned short ports[4];
        char data[4];
    } p = {.ip = {.version = 4, .ihl = 5, .ttl = 9, .protocol = IPPROTO_UDP}, .data = "raw!"};
    p.ip.daddr = a.sin_addr.s_addr;
    p.ports[0] = htons(99);
    p.ports[1] = htons(port_of(udp));
    p.ports[2] = htons(12);
    SHOW(sendto(own, &p, sizeof p, 0, TO(a)));
    n = sizeof from;
    SHOW(recvfrom(udp, b, sizeof b, MSG_DONTWAIT, (struct sockaddr*)&from, &n));
    printf("%.4s from port %d\n", (char*)b, ntohs(from.sin_port));
    SHOW(sendto(own, &p, 10, 0, TO(a)));

    int s6 = socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
    struct icmp6_filter f;
    ICMP6_FILTER_SETBLOCKALL(&f);
    ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &f);
    SHOW(setsockopt(s6, IPPROTO_ICMPV6, ICMP6_FILTER, &f, sizeof f));
    struct sockaddr_in6 a6 = v6("::1", 0);
    struct icmp6_hdr e6 = {.icmp6_type = ICMP6_ECHO_REQUEST};
    e6.icmp6_id = htons(5);
    SHOW(sendto(s6, &e6, sizeof e6, 0, TO(a6)));
    SHOW(recv(s6, b, sizeof b, MSG_DONTWAIT));
    printf("type %d\n", b[0]);
    SHOW(recv(s6, b, sizeof b, MSG_DONTWAIT));
    return 0;
}
