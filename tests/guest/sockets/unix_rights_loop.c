// SPDX-License-Identifier: BSD-3-Clause
// Sockets sent through themselves and through each other are no leak: a pipe that is inside of such
// a knot closes when nobody can reach the knot any more.
#include <unix.h>

static void send_file(int s, int fd) {
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } c;
    memset(&c, 0, sizeof c);
    struct iovec v = {"x", 1};
    struct msghdr m = {
        .msg_iov = &v, .msg_iovlen = 1, .msg_control = &c, .msg_controllen = sizeof c};
    c.header.cmsg_level = SOL_SOCKET;
    c.header.cmsg_type = SCM_RIGHTS;
    c.header.cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(&c.header), &fd, sizeof fd);
    if (sendmsg(s, &m, 0) != 1)
        perror("sendmsg");
}

static int receive_file(int s) {
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } c;
    char b;
    struct iovec v = {&b, 1};
    struct msghdr m = {
        .msg_iov = &v, .msg_iovlen = 1, .msg_control = &c, .msg_controllen = sizeof c};
    int fd = -1;
    if (recvmsg(s, &m, MSG_DONTWAIT) == 1 && m.msg_controllen)
        memcpy(&fd, CMSG_DATA(&c.header), sizeof fd);
    return fd;
}

/// Whether the reader's end of the pipe is gone; a collector may need a moment.
static int closed(int writer) {
    for (int i = 0; i < 1000; ++i) {
        if (write(writer, "x", 1) == -1 && errno == EPIPE)
            return 1;
        // Closing a socket is when knots are looked for.
        close(socket(AF_UNIX, SOCK_STREAM, 0));
        sleep_ms(1);
    }
    return 0;
}

int main(void) {
    signal(SIGPIPE, SIG_IGN);
    int s[2], t[2], p[2];
    pipe(p);
    socketpair(AF_UNIX, SOCK_STREAM, 0, s);
    send_file(s[0], p[0]);
    send_file(s[0], s[1]);
    close(p[0]);
    close(s[0]);
    close(s[1]);
    HOLDS(closed(p[1]));

    // Two pairs, each of which carries the other.
    pipe(p);
    socketpair(AF_UNIX, SOCK_STREAM, 0, s);
    socketpair(AF_UNIX, SOCK_DGRAM, 0, t);
    send_file(s[0], t[1]);
    send_file(t[0], s[1]);
    send_file(t[0], p[0]);
    close(p[0]);
    close(s[0]), close(s[1]), close(t[0]);
    // Still reachable through t[1].
    close(socket(AF_UNIX, SOCK_STREAM, 0));
    int got = receive_file(t[1]);
    HOLDS(got >= 0);
    HOLDS(write(p[1], "x", 1) == 1);
    close(got);
    close(t[1]);
    HOLDS(closed(p[1]));

    // A connection that nobody accepted, with the listener inside of it.
    pipe(p);
    struct sockaddr_un a;
    socklen_t length = abstract_name(&a, "loop");
    int l = socket(AF_UNIX, SOCK_STREAM, 0), c = socket(AF_UNIX, SOCK_STREAM, 0);
    bind(l, NAME(a), length);
    listen(l, 1);
    connect(c, NAME(a), length);
    send_file(c, l);
    send_file(c, p[0]);
    close(p[0]);
    close(l);
    close(c);
    HOLDS(closed(p[1]));
    return 0;
}
