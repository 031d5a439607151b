// SPDX-License-Identifier: BSD-3-Clause
// Types and protocols of socket(2) and socketpair(2), and what SO_TYPE & co. tell of them.
#include <unix.h>

static void tell(const char* what, int fd) {
    int names[] = {SO_TYPE, SO_DOMAIN, SO_PROTOCOL, SO_ACCEPTCONN, SO_ERROR};
    printf("%s:", what);
    for (unsigned i = 0; i < sizeof names / sizeof *names; ++i) {
        int value = -1;
        socklen_t n = sizeof value;
        getsockopt(fd, SOL_SOCKET, names[i], &value, &n);
        printf(" %d/%u", value, n);
    }
    printf("\n");
}

int main(void) {
    int s[2];
    WORKS(s[0] = socket(AF_UNIX, SOCK_STREAM, 0));
    tell("stream", s[0]);
    WORKS(s[0] = socket(AF_UNIX, SOCK_DGRAM, 1));
    tell("dgram", s[0]);
    WORKS(s[0] = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    tell("seqpacket", s[0]);
    HOLDS(fcntl(s[0], F_GETFD) == FD_CLOEXEC);
    HOLDS(fcntl(s[0], F_GETFL) == (O_RDWR | O_NONBLOCK));
    WORKS(s[0] = socket(AF_UNIX, SOCK_RAW, 0));
    tell("raw", s[0]);
    SHOW(socket(AF_UNIX, SOCK_STREAM, 2));
    SHOW(socket(AF_UNIX, SOCK_RDM, 0));
    SHOW(socket(AF_UNIX, 0, 0));
    SHOW(socket(AF_UNIX, 11, 0));
    SHOW(socket(AF_UNIX, SOCK_STREAM | 0x10, 0));
    SHOW(socket(-1, SOCK_STREAM, 0));
    SHOW(socket(46, SOCK_STREAM, 0));
    SHOW(socket(AF_UNSPEC, SOCK_STREAM, 0));
    SHOW(socketpair(AF_UNIX, SOCK_STREAM, 2, s));
    SHOW(socketpair(AF_UNIX, SOCK_RDM, 0, s));
    SHOW(socketpair(AF_UNIX, SOCK_STREAM, 0, BAD));
    SHOW(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, s));
    SHOW(socketpair(AF_UNIX, SOCK_DGRAM, 0, s));
    return 0;
}
