// SPDX-License-Identifier: BSD-3-Clause
// SO_PEERCRED, SO_PASSCRED and SCM_CREDENTIALS.
#include <unix.h>

static int s[2];

static void receive(int fd) {
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(struct ucred))];
    } c;
    memset(&c, 0, sizeof c);
    char b[16] = "";
    struct iovec v = {b, sizeof b - 1};
    struct msghdr m = {
        .msg_iov = &v, .msg_iovlen = 1, .msg_control = &c, .msg_controllen = sizeof c};
    ssize_t got = recvmsg(fd, &m, MSG_DONTWAIT);
    printf("received %zd '%s' flags %#x control %zu", got, b, m.msg_flags, m.msg_controllen);
    if (m.msg_controllen) {
        struct ucred u;
        memcpy(&u, CMSG_DATA(&c.header), sizeof u);
        printf(" level %d type %d, pid %s uid %s gid %s", c.header.cmsg_level, c.header.cmsg_type,
               u.pid == getpid() ? "own" : "other", u.uid == geteuid() ? "own" : "other",
               u.gid == getegid() ? "own" : "other");
    }
    printf("\n");
}

static ssize_t send_as(int pid, int uid, size_t length) {
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(struct ucred))];
    } c;
    memset(&c, 0, sizeof c);
    struct iovec v = {"told", 4};
    struct msghdr m = {
        .msg_iov = &v, .msg_iovlen = 1, .msg_control = &c, .msg_controllen = sizeof c};
    struct ucred u = {pid, uid, getegid()};
    c.header.cmsg_level = SOL_SOCKET;
    c.header.cmsg_type = SCM_CREDENTIALS;
    c.header.cmsg_len = length;
    memcpy(CMSG_DATA(&c.header), &u, sizeof u);
    return sendmsg(s[0], &m, 0);
}

int main(void) {
    struct ucred u;
    socklen_t n = sizeof u;
    socketpair(AF_UNIX, SOCK_STREAM, 0, s);
    SHOW(getsockopt(s[0], SOL_SOCKET, SO_PEERCRED, &u, &n));
    HOLDS(u.pid == getpid() && u.uid == geteuid() && u.gid == getegid());
    SHOW(n);
    int fresh = socket(AF_UNIX, SOCK_STREAM, 0);
    SHOW(getsockopt(fresh, SOL_SOCKET, SO_PEERCRED, &u, &n));
    printf("%d %d %d\n", u.pid, (int)u.uid, (int)u.gid);
    SHOW(write(s[0], "before", 6));
    receive(s[1]);
    int on = 1;
    SHOW(setsockopt(s[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on));
    SHOW(write(s[0], "after", 5));
    receive(s[1]);
    SHOW(send_as(getpid(), geteuid(), CMSG_LEN(sizeof u)));
    receive(s[1]);
    SHOW(send_as(getpid(), geteuid(), CMSG_LEN(4)));
    SHOW(send_as(getpid(), geteuid(), 3));
    SHOW(send_as(getpid(), -1, CMSG_LEN(sizeof u)));
    int d[2];
    socketpair(AF_UNIX, SOCK_DGRAM, 0, d);
    SHOW(setsockopt(d[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on));
    SHOW(write(d[0], "datagram", 8));
    receive(d[1]);
    SHOW(write(d[0], "plain", 5));
    char b[8];
    SHOW(recv(d[1], b, sizeof b, 0));
    return 0;
}
