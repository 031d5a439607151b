// SPDX-License-Identifier: BSD-3-Clause
// SCM_RIGHTS: files arrive as descriptors, with what goes wrong: no room, no buffer, bad ones.
#include <unix.h>

union control {
    struct cmsghdr header;
    char room[CMSG_SPACE(sizeof(int) * 8)];
};

static ssize_t send_files(int s, const char* text, const int* fds, int count) {
    union control c;
    memset(&c, 0, sizeof c);
    struct iovec v = {(char*)text, strlen(text)};
    struct msghdr m = {.msg_iov = &v,
                       .msg_iovlen = 1,
                       .msg_control = &c,
                       .msg_controllen = CMSG_SPACE(sizeof(int) * count)};
    c.header.cmsg_level = SOL_SOCKET;
    c.header.cmsg_type = SCM_RIGHTS;
    c.header.cmsg_len = CMSG_LEN(sizeof(int) * count);
    memcpy(CMSG_DATA(&c.header), fds, sizeof(int) * count);
    return sendmsg(s, &m, 0);
}

static int receive_files(int s, size_t bytes, size_t control, int flags, int* first) {
    union control c;
    memset(&c, 0, sizeof c);
    char b[64] = "";
    struct iovec v = {b, bytes};
    struct msghdr m = {.msg_iov = &v,
                       .msg_iovlen = 1,
                       .msg_control = control ? &c : NULL,
                       .msg_controllen = control};
    errno = 0;
    ssize_t got = recvmsg(s, &m, flags | MSG_DONTWAIT);
    if (got < 0) {
        printf("received: %s\n", strerrorname_np(errno));
        return -1;
    }
    int count = 0;
    if (m.msg_controllen >= sizeof(struct cmsghdr)) {
        count = (c.header.cmsg_len - CMSG_LEN(0)) / sizeof(int);
        if (first && count)
            memcpy(first, CMSG_DATA(&c.header), sizeof(int));
    }
    printf("received: %zd '%s' flags %#x control %zu, %d files\n", got, b, m.msg_flags,
           m.msg_controllen, count);
    return count;
}

int main(void) {
    int s[2], p[2], fd = -1;
    socketpair(AF_UNIX, SOCK_STREAM, 0, s);
    pipe(p);
    SHOW(send_files(s[0], "one", &p[0], 1));
    receive_files(s[1], 64, sizeof(union control), 0, &fd);
    write(p[1], "through", 7);
    char b[16] = "";
    SHOW(read(fd, b, sizeof b));
    HOLDS(fcntl(fd, F_GETFD) == 0);
    SHOW(close(fd));
    // The file lives while it is on its way.
    int q[2];
    pipe(q);
    write(q[1], "alive", 5);
    SHOW(send_files(s[0], "two", &q[0], 1));
    close(q[0]);
    receive_files(s[1], 64, sizeof(union control), MSG_CMSG_CLOEXEC, &fd);
    SHOW(read(fd, b, sizeof b));
    HOLDS(fcntl(fd, F_GETFD) == FD_CLOEXEC);
    int many[3] = {p[0], p[1], q[1]};
    SHOW(send_files(s[0], "three", many, 3));
    receive_files(s[1], 64, CMSG_SPACE(sizeof(int)), 0, &fd);
    SHOW(send_files(s[0], "nowhere", many, 3));
    receive_files(s[1], 64, 0, 0, &fd);
    SHOW(send_files(s[0], "short", many, 2));
    receive_files(s[1], 64, sizeof(struct cmsghdr) - 1, 0, &fd);
    int bad[1] = {99};
    SHOW(send_files(s[0], "bad", bad, 1));
    // Files stand between stretches of a stream.
    SHOW(write(s[0], "before", 6));
    SHOW(send_files(s[0], "with", many, 2));
    SHOW(write(s[0], "after", 5));
    receive_files(s[1], 64, sizeof(union control), MSG_PEEK, &fd);
    receive_files(s[1], 64, sizeof(union control), 0, &fd);
    receive_files(s[1], 64, sizeof(union control), 0, &fd);
    SHOW(send_files(s[0], "partial", many, 1));
    receive_files(s[1], 3, sizeof(union control), 0, &fd);
    receive_files(s[1], 64, sizeof(union control), 0, &fd);
    // read(2) lets the files go.
    SHOW(send_files(s[0], "read", many, 1));
    SHOW(read(s[1], b, sizeof b));
    SHOW(send_files(s[0], "", many, 1));
    receive_files(s[1], 64, sizeof(union control), 0, &fd);
    socketpair(AF_UNIX, SOCK_DGRAM, 0, s);
    SHOW(send_files(s[0], "", many, 2));
    receive_files(s[1], 64, sizeof(union control), 0, &fd);
    SHOW(send_files(s[0], "datagram", many, 2));
    receive_files(s[1], 4, sizeof(union control), MSG_PEEK, &fd);
    receive_files(s[1], 4, sizeof(union control), 0, &fd);
    return 0;
}
