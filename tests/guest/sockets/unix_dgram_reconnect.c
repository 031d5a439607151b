// SPDX-License-Identifier: BSD-3-Clause
// A datagram socket that gets another peer: what was queued is thrown away, the old peer is told.
#include <unix.h>

int main(void) {
    own_folder();
    int s[2];
    char b[16];
    socketpair(AF_UNIX, SOCK_DGRAM, 0, s);
    int t = socket(AF_UNIX, SOCK_DGRAM, 0);
    struct sockaddr_un a = path_name("t");
    SHOW(bind(t, NAME(a), sizeof a));
    SHOW(send(s[1], "old", 3, 0));
    SHOW(connect(s[0], NAME(a), sizeof a));
    SHOW(recv(s[0], b, sizeof b, MSG_DONTWAIT));
    show_poll("old peer", s[1]);
    int e = -1;
    socklen_t n = sizeof e;
    SHOW(getsockopt(s[1], SOL_SOCKET, SO_ERROR, &e, &n));
    HOLDS(e == ECONNRESET);
    SHOW(getsockopt(s[1], SOL_SOCKET, SO_ERROR, &e, &n));
    SHOW(e);
    SHOW(send(s[1], "x", 1, MSG_DONTWAIT));
    SHOW(send(s[0], "new", 3, 0));
    SHOW(recv(t, b, sizeof b, MSG_DONTWAIT));
    return 0;
}
