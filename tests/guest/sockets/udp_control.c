// SPDX-License-Identifier: BSD-3-Clause
// Ancillary data in both directions, of both families.
#include "inet.h"

static char b[100];
static int loopback_index = 1;

static void show_control(int fd) {
    char control[512];
    struct iovec v = {b, sizeof b};
    struct msghdr m = {
        .msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    SHOW(recvmsg(fd, &m, MSG_DONTWAIT));
    for (struct cmsghdr* c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
        printf("level %d type %d bytes %d", c->cmsg_level, c->cmsg_type, (int)c->cmsg_len);
        int number = 0;
        if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo i;
            memcpy(&i, CMSG_DATA(c), sizeof i);
            printf(" lo %d local %s", i.ipi_ifindex == loopback_index, inet_ntoa(i.ipi_spec_dst));
            printf(" to %s", inet_ntoa(i.ipi_addr));
        } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
            struct in6_pktinfo i;
            char text[64];
            memcpy(&i, CMSG_DATA(c), sizeof i);
            printf(" lo %d to %s", (int)i.ipi6_ifindex == loopback_index,
                   inet_ntop(AF_INET6, &i.ipi6_addr, text, sizeof text));
        } else if (c->cmsg_level != SOL_SOCKET) {
            memcpy(&number, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0) < 4 ? 1 : 4);
            printf(" value %d", number);
        }
        printf("\n");
    }
    printf("cut: %d\n", !!(m.msg_flags & MSG_CTRUNC));
}

static void send_with(int fd, int level, int type, const void* data, size_t n, struct sockaddr* to,
                      socklen_t length) {
    char control[128] = {0};
    struct iovec v = {"hi", 2};
    struct msghdr m = {to, length, &v, 1, control, CMSG_SPACE(n), 0};
    struct cmsghdr* c = CMSG_FIRSTHDR(&m);
    c->cmsg_level = level;
    c->cmsg_type = type;
    c->cmsg_len = CMSG_LEN(n);
    memcpy(CMSG_DATA(c), data, n);
    SHOW(sendmsg(fd, &m, 0));
}

int main(void) {
    int on = 1;
    int r = socket(AF_INET, SOCK_DGRAM, 0), s = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in a = v4("127.0.0.1", 0);
    bind(r, TO(a));
    a.sin_port = htons(port_of(r));
    setsockopt(r, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
    setsockopt(r, IPPROTO_IP, IP_RECVTTL, &on, sizeof on);
    setsockopt(r, IPPROTO_IP, IP_RECVTOS, &on, sizeof on);
    SHOW(sendto(s, "hi", 2, 0, TO(a)));
    show_control(r);
    int ttl = 33, tos = 0x28, bad = 300;
    send_with(s, IPPROTO_IP, IP_TTL, &ttl, sizeof ttl, TO(a));
    show_control(r);
    send_with(s, IPPROTO_IP, IP_TOS, &tos, sizeof tos, TO(a));
    show_control(r);
    send_with(s, IPPROTO_IP, IP_TTL, &bad, sizeof bad, TO(a));
    struct in_pktinfo i = {0, {0}, {0}};
    inet_pton(AF_INET, "127.0.0.9", &i.ipi_spec_dst);
    send_with(s, IPPROTO_IP, IP_PKTINFO, &i, sizeof i, TO(a));
    struct sockaddr_in from;
    socklen_t n = sizeof from;
    SHOW(recvfrom(r, b, sizeof b, MSG_PEEK, (struct sockaddr*)&from, &n));
    show_address("from", &from);
    show_control(r);
    send_with(s, IPPROTO_IP, 99, &on, sizeof on, TO(a));

    int r6 = socket(AF_INET6, SOCK_DGRAM, 0), s6 = socket(AF_INET6, SOCK_DGRAM, 0);
    struct sockaddr_in6 a6 = v6("::1", 0);
    bind(r6, TO(a6));
    a6.sin6_port = htons(port_of(r6));
    setsockopt(r6, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on);
    setsockopt(r6, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &on, sizeof on);
    setsockopt(r6, IPPROTO_IPV6, IPV6_RECVTCLASS, &on, sizeof on);
    SHOW(sendto(s6, "hi", 2, 0, TO(a6)));
    show_control(r6);
    send_with(s6, IPPROTO_IPV6, IPV6_HOPLIMIT, &ttl, sizeof ttl, TO(a6));
    show_control(r6);
    send_with(s6, IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof tos, TO(a6));
    show_control(r6);
    return 0;
}
