// SPDX-License-Identifier: BSD-3-Clause
// What programs about IP sockets share: the loopback, and short names.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <report.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static inline struct sockaddr_in v4(const char* text, int port) {
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
    inet_pton(AF_INET, text, &a.sin_addr);
    return a;
}
static inline struct sockaddr_in6 v6(const char* text, int port) {
    struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    inet_pton(AF_INET6, text, &a.sin6_addr);
    return a;
}
#define TO(a) (struct sockaddr*)&(a), sizeof(a)

/// The port that the kernel chose.
static inline int port_of(int fd) {
    struct sockaddr_in6 a;
    socklen_t n = sizeof a;
    getsockname(fd, (struct sockaddr*)&a, &n);
    return ntohs(a.sin6_port);  // at the same place in both families
}

/// An address without its port, which differs by run.
static inline void show_address(const char* what, const void* address) {
    char text[64] = "?";
    const struct sockaddr* a = address;
    if (a->sa_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in*)a)->sin_addr, text, sizeof text);
    else if (a->sa_family == AF_INET6)
        inet_ntop(AF_INET6, &((const struct sockaddr_in6*)a)->sin6_addr, text, sizeof text);
    printf("%s: %s\n", what, text);
}

static inline void show_events(int fd) {
    struct pollfd p = {fd, POLLIN | POLLOUT | POLLRDHUP, 0};
    poll(&p, 1, 0);
    printf("events:%s%s%s%s%s\n", p.revents & POLLIN ? " in" : "",
           p.revents & POLLOUT ? " out" : "", p.revents & POLLERR ? " err" : "",
           p.revents & POLLHUP ? " hup" : "", p.revents & POLLRDHUP ? " rdhup" : "");
}
