// SPDX-License-Identifier: BSD-3-Clause
// AF_INET6: its loopback, the IPv4 half of a dual-stack socket, IPV6_V6ONLY.
#include <tcp.h>

static struct sockaddr_in6 at(const char* address, int port) {
    struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    inet_pton(AF_INET6, address, &a.sin6_addr);
    return a;
}
static int server(const char* address, int only, int port) {
    int s = socket(AF_INET6, SOCK_STREAM, 0);
    setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only);
    struct sockaddr_in6 a = at(address, port);
    if (bind(s, (void*)&a, sizeof a) || listen(s, 4)) {
        int e = errno;
        close(s);
        errno = e;
        return -1;
    }
    return s;
}
static int port6(int s) {
    struct sockaddr_in6 a;
    socklen_t n = sizeof a;
    return getsockname(s, (void*)&a, &n) ? -1 : ntohs(a.sin6_port);
}
static int reach(const char* address, int port) {
    int s = socket(AF_INET6, SOCK_STREAM, 0);
    struct sockaddr_in6 a = at(address, port);
    int r = connect(s, (void*)&a, sizeof a), e = errno;
    close(s);
    errno = e;
    return r;
}
static void names(int s) {
    struct sockaddr_in6 a;
    socklen_t n = sizeof a;
    char text[64];
    SHOW(getsockname(s, (void*)&a, &n));
    puts(inet_ntop(AF_INET6, &a.sin6_addr, text, sizeof text));
    SHOW(getpeername(s, (void*)&a, &n));
    puts(inet_ntop(AF_INET6, &a.sin6_addr, text, sizeof text));
    SHOW(n);
}

int main(void) {
    puts("-- ::1");
    int l = server("::1", 0, 0);
    int c = socket(AF_INET6, SOCK_STREAM, 0);
    struct sockaddr_in6 a = at("::1", port6(l));
    SHOW(connect(c, (void*)&a, sizeof a));
    int s = accept(l, NULL, NULL);
    names(s);
    char b[8];
    SHOW(send(c, "six", 3, 0));
    SHOW(recv(s, b, 8, 0));
    SHOW(reach("::ffff:127.0.0.1", port6(l)));
    close(l);
    puts("-- dual stack");
    l = server("::", 0, 0);
    SHOW(reach("::1", port6(l)));
    SHOW(reach("::ffff:127.0.0.1", port6(l)));
    c = tcp_socket();
    SHOW(connect_to(c, port6(l)));
    for (int i = 0; i < 3; ++i)
        s = accept(l, NULL, NULL);
    names(s);
    struct sockaddr_in v4 = loopback(port6(l));
    int t = tcp_socket();
    SHOW(bind(t, (void*)&v4, sizeof v4));
    close(l);
    puts("-- IPv6 only");
    l = server("::", 1, 0);
    SHOW(reach("::1", port6(l)));
    c = tcp_socket();
    SHOW(connect_to(c, port6(l)));
    v4 = loopback(port6(l));
    SHOW(bind(t, (void*)&v4, sizeof v4));
    int only = -1;
    socklen_t n = sizeof only;
    SHOW(getsockopt(l, IPPROTO_IPV6, IPV6_V6ONLY, &only, &n));
    SHOW(only);
    SHOW(setsockopt(l, IPPROTO_IPV6, IPV6_V6ONLY, &(int){0}, 4));
    c = socket(AF_INET6, SOCK_STREAM, 0);
    SHOW(setsockopt(c, IPPROTO_IPV6, IPV6_V6ONLY, &(int){1}, 4));
    a = at("::ffff:127.0.0.1", 9);
    SHOW(connect(c, (void*)&a, sizeof a));
    SHOW(bind(c, (void*)&a, sizeof a));
    SHOW(connect(c, (void*)&v4, sizeof v4));
    return 0;
}
