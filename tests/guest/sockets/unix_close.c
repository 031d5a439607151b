// SPDX-License-Identifier: BSD-3-Clause
// What the other end sees when one closes: with everything read, with something unread, before it
// was accepted.
#include <unix.h>

static char b[16];

static void show_error(const char* what, int fd) {
    int e = -1;
    socklen_t n = sizeof e;
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &e, &n);
    printf("%s: %s\n", what, e ? strerrorname_np(e) : "no error");
}

int main(void) {
    signal(SIGPIPE, SIG_IGN);
    int s[2];
    socketpair(AF_UNIX, SOCK_STREAM, 0, s);
    SHOW(write(s[0], "last", 4));
    SHOW(close(s[0]));
    show_poll("clean close", s[1]);
    show_error("clean close", s[1]);
    SHOW(read(s[1], b, sizeof b));
    SHOW(read(s[1], b, sizeof b));
    SHOW(write(s[1], "x", 1));

    socketpair(AF_UNIX, SOCK_STREAM, 0, s);
    SHOW(write(s[0], "last", 4));
    SHOW(write(s[1], "unread", 6));
    SHOW(close(s[0]));
    show_poll("unread", s[1]);
    SHOW(read(s[1], b, sizeof b));
    SHOW(read(s[1], b, sizeof b));
    SHOW(read(s[1], b, sizeof b));
    SHOW(write(s[1], "x", 1));
    show_poll("afterwards", s[1]);

    struct sockaddr_un a;
    socklen_t length = abstract_name(&a, "close");
    int l = socket(AF_UNIX, SOCK_STREAM, 0), c = socket(AF_UNIX, SOCK_STREAM, 0);
    bind(l, NAME(a), length);
    listen(l, 4);
    show_poll("unconnected", c);
    SHOW(connect(c, NAME(a), length));
    show_poll("connected", c);
    SHOW(write(c, "hello", 5));
    SHOW(close(l));
    show_poll("listener closed", c);
    show_error("listener closed", c);
    SHOW(read(c, b, sizeof b));
    SHOW(write(c, "x", 1));
    return 0;
}
