// SPDX-License-Identifier: BSD-3-Clause
// shutdown(2) in all its forms on streams and datagrams.
#include <unix.h>

static char b[16];

static void pair(int type, int how) {
    int s[2];
    socketpair(AF_UNIX, type, 0, s);
    printf("-- type %d, how %d\n", type, how);
    SHOW(write(s[0], "abc", 3));
    SHOW(write(s[1], "def", 3));
    SHOW(shutdown(s[0], how));
    show_poll("own", s[0]);
    show_poll("other", s[1]);
    SHOW(recv(s[0], b, sizeof b, MSG_DONTWAIT));
    SHOW(recv(s[0], b, sizeof b, MSG_DONTWAIT));
    SHOW(recv(s[1], b, sizeof b, MSG_DONTWAIT));
    SHOW(recv(s[1], b, sizeof b, MSG_DONTWAIT));
    SHOW(send(s[0], "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT));
    SHOW(send(s[1], "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT));
    close(s[0]);
    close(s[1]);
}

int main(void) {
    for (int how = SHUT_RD; how <= SHUT_RDWR; ++how) {
        pair(SOCK_STREAM, how);
        pair(SOCK_DGRAM, how);
        pair(SOCK_SEQPACKET, how);
    }
    int u = socket(AF_UNIX, SOCK_STREAM, 0);
    SHOW(shutdown(u, SHUT_RD));
    SHOW(shutdown(u, 3));
    SHOW(shutdown(u, -1));
    SHOW(shutdown(0, SHUT_RD));
    return 0;
}
