// SPDX-License-Identifier: BSD-3-Clause
// Sequenced packets: boundaries like datagrams, connections like streams.
#include <unix.h>

static char b[64];

int main(void) {
    signal(SIGPIPE, SIG_IGN);
    int s[2];
    SHOW(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, s));
    SHOW(send(s[0], "first", 5, 0));
    SHOW(send(s[0], "second", 6, MSG_EOR));
    SHOW(write(s[0], "", 0));
    SHOW(write(s[0], "fourth", 6));
    int n;
    SHOW((ioctl(s[1], FIONREAD, &n), n));
    struct iovec v = {b, 3};
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};
    SHOW(recvmsg(s[1], &m, 0));
    printf("flags %#x\n", m.msg_flags);
    v.iov_len = sizeof b;
    m.msg_flags = 0;
    SHOW(recvmsg(s[1], &m, MSG_TRUNC));
    printf("flags %#x\n", m.msg_flags);
    SHOW(recv(s[1], b, sizeof b, 0));
    SHOW(read(s[1], b, 2));
    SHOW(recv(s[1], b, sizeof b, MSG_DONTWAIT));
    struct sockaddr_un a;
    socklen_t length = abstract_name(&a, "seq");
    // An address given to a connection is not looked at.
    SHOW(sendto(s[0], "x", 1, 0, NAME(a), length));
    SHOW(recv(s[1], b, sizeof b, 0));
    int u = socket(AF_UNIX, SOCK_SEQPACKET, 0);
    show_poll("unconnected", u);
    SHOW(send(u, "x", 1, 0));
    SHOW(recv(u, b, 1, 0));
    SHOW(bind(u, NAME(a), length));
    SHOW(listen(u, 1));
    show_poll("listening", u);
    int c = socket(AF_UNIX, SOCK_SEQPACKET, 0), d = socket(AF_UNIX, SOCK_STREAM, 0);
    SHOW(connect(d, NAME(a), length));
    SHOW(connect(c, NAME(a), length));
    show_poll("asked", u);
    SHOW(send(c, "early", 5, 0));
    int e;
    WORKS(e = accept(u, NULL, NULL));
    SHOW(recv(e, b, sizeof b, 0));
    SHOW(shutdown(c, SHUT_WR));
    show_poll("peer shut", e);
    SHOW(recv(e, b, sizeof b, 0));
    SHOW(recv(e, b, sizeof b, MSG_DONTWAIT));
    SHOW(send(c, "x", 1, 0));
    SHOW(close(c));
    show_poll("peer closed", e);
    SHOW(send(e, "x", 1, 0));
    return 0;
}
