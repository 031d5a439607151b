// SPDX-License-Identifier: BSD-3-Clause
// bind(2): conflicts, SO_REUSEADDR, SO_REUSEPORT, what names are refused.
#include <tcp.h>

static int bound(int port, int reuse, int share) {
    int s = tcp_socket();
    if (reuse)
        setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &(int){1}, 4);
    if (share)
        setsockopt(s, SOL_SOCKET, SO_REUSEPORT, &(int){1}, 4);
    struct sockaddr_in a = loopback(port);
    if (bind(s, (void*)&a, sizeof a)) {
        int e = errno;
        close(s);
        errno = e;
        return -1;
    }
    return s;
}
static int tried(int port, int reuse, int share) {
    int s = bound(port, reuse, share);
    return s < 0 ? s : close(s);
}
static int named(uint32_t address, int port) {
    int s = tcp_socket();
    struct sockaddr_in a = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(address)}};
    int r = bind(s, (void*)&a, sizeof a), e = errno;
    close(s);
    errno = e;
    return r;
}

int main(void) {
    for (int reuse = 0; reuse < 2; ++reuse)
        for (int share = 0; share < 2; ++share) {
            printf("-- first: reuse %d share %d\n", reuse, share);
            int s = bound(0, reuse, share), port = port_of(s);
            WORKS(tried(port, 0, 0));
            WORKS(tried(port, 1, 0));
            WORKS(tried(port, 0, 1));
            WORKS(tried(port, 1, 1));
            SHOW(listen(s, 1));
            WORKS(tried(port, 1, 0));
            WORKS(tried(port, 0, 1));
            int t = bound(port, 1, 1);
            if (t >= 0) {
                SHOW(listen(t, 1));
                close(t);
            }
            WORKS(named(INADDR_ANY, port));
            WORKS(named(0x7f000002, port));
            close(s);
        }
    puts("-- names");
    SHOW(named(0x01020304, 0));
    SHOW(named(0x7f000002, 0));
    SHOW(named(INADDR_ANY, 0));
    struct sockaddr_in a = loopback(0);
    int s = tcp_socket();
    SHOW(bind(s, (void*)&a, 8));
    a.sin_family = AF_UNIX;
    SHOW(bind(s, (void*)&a, sizeof a));
    a.sin_family = AF_INET6;
    SHOW(bind(s, (void*)&a, sizeof a));
    a = loopback(0);
    SHOW(bind(s, (void*)&a, sizeof a));
    SHOW(bind(s, (void*)&a, sizeof a));
    puts("-- after connections");
    int l = bound(0, 0, 0), port = port_of(l);
    listen(l, 1);
    int c = tcp_socket();
    connect_to(c, port);
    int p = accept(l, NULL, NULL);
    close(l);
    WORKS(tried(port, 0, 0));
    WORKS(tried(port, 1, 0));
    close(p);
    close(c);
    usleep(20000);
    WORKS(tried(port, 0, 0));
    WORKS(tried(port, 1, 0));
    puts("-- the same pair of ends");
    l = bound(0, 1, 0);
    listen(l, 4);
    c = bound(0, 1, 0);
    port = port_of(c);
    SHOW(connect_to(c, port_of(l)));
    int d = bound(port, 1, 0);
    SHOW(connect_to(d, port_of(l)));
    return 0;
}
