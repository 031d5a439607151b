// SPDX-License-Identifier: BSD-3-Clause
// What the programs about TCP over loopback share.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <report.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static struct sockaddr_in loopback(int port) {
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
}
static int port_of(int s) {
    struct sockaddr_in a;
    socklen_t n = sizeof a;
    return getsockname(s, (void*)&a, &n) ? -1 : ntohs(a.sin_port);
}
static int tcp_socket(void) {
    int s = socket(AF_INET, SOCK_STREAM, 0);
    if (s < 0) {
        perror("socket");
        exit(99);
    }
    return s;
}
/// A socket that listens at a port of the kernel's choice.
static int listener(int backlog) {
    int s = tcp_socket();
    struct sockaddr_in a = loopback(0);
    if (bind(s, (void*)&a, sizeof a) || listen(s, backlog)) {
        perror("listen");
        exit(99);
    }
    return s;
}
static int connect_to(int s, int port) {
    struct sockaddr_in a = loopback(port);
    return connect(s, (void*)&a, sizeof a);
}
/// Both ends of a connection.
static void tcp_pair(int ends[2]) {
    int l = listener(1);
    ends[0] = tcp_socket();
    if (connect_to(ends[0], port_of(l)) || (ends[1] = accept(l, NULL, NULL)) < 0) {
        perror("pair");
        exit(99);
    }
    close(l);
}
/// What poll(2) says at once, or after `ms`.
static void show_poll_after(const char* who, int s, int ms) {
    struct pollfd p = {s, POLLIN | POLLOUT | POLLPRI | POLLRDHUP, 0};
    poll(&p, 1, 0);
    for (int waited = 0; waited < ms; waited += 5) {
        usleep(5000);
        poll(&p, 1, 0);
    }
    printf("%s:%s%s%s%s%s%s\n", who, p.revents & POLLIN ? " in" : "",
           p.revents & POLLOUT ? " out" : "", p.revents & POLLPRI ? " pri" : "",
           p.revents & POLLERR ? " err" : "", p.revents & POLLHUP ? " hup" : "",
           p.revents & POLLRDHUP ? " rdhup" : "");
}
/// After what is on its way over loopback has arrived.
static void show_poll(const char* who, int s) {
    show_poll_after(who, s, 40);
}
static inline void show_error(const char* who, int s) {
    int e = -1;
    socklen_t n = sizeof e;
    getsockopt(s, SOL_SOCKET, SO_ERROR, &e, &n);
    printf("%s: SO_ERROR %s\n", who, e ? strerrorname_np(e) : "0");
}
static inline int state_of(int s) {
    struct tcp_info i;
    socklen_t n = sizeof i;
    memset(&i, 0, sizeof i);
    return getsockopt(s, IPPROTO_TCP, TCP_INFO, &i, &n) ? -1 : i.tcpi_state;
}
static inline void unused_helpers(void) {
    (void)show_poll;
    (void)tcp_pair;
}
