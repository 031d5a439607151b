// SPDX-License-Identifier: BSD-3-Clause
// A connected pair: both ways, shutdown, the end of the stream, polling, refusals.
#include <poll.h>
#include <report.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static int s[2];
static char b[100000];

static void show_poll(int fd) {
    struct pollfd p = {fd, POLLIN | POLLOUT | POLLRDHUP, 0};
    poll(&p, 1, 0);
    printf("poll: %s%s%s%s%s\n", p.revents & POLLIN ? "in " : "", p.revents & POLLOUT ? "out " : "",
           p.revents & POLLRDHUP ? "rdhup " : "", p.revents & POLLHUP ? "hup " : "",
           p.revents & POLLERR ? "err " : "");
}

int main(void) {
    signal(SIGPIPE, SIG_IGN);
    WORKS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, s));
    HOLDS(fcntl(s[0], F_GETFD) == FD_CLOEXEC);
    HOLDS(fcntl(s[1], F_GETFL) == (O_RDWR | O_NONBLOCK));
    struct stat st;
    fstat(s[0], &st);
    HOLDS(S_ISSOCK(st.st_mode));
    show_poll(s[0]);
    SHOW(read(s[0], b, 10));
    SHOW(write(s[0], "hello", 5));
    SHOW(send(s[1], "back", 4, MSG_NOSIGNAL));
    show_poll(s[1]);
    int n = 0;
    SHOW(ioctl(s[1], FIONREAD, &n));
    SHOW(n);
    SHOW(recv(s[1], b, 2, 0));
    SHOW(recv(s[1], b + 2, sizeof b, MSG_DONTWAIT));
    printf("%.5s\n", b);
    SHOW(read(s[0], b, sizeof b));
    SHOW(read(s[0], b, 0));
    SHOW(write(s[0], b, 0));
    SHOW(send(s[0], b, 100000, 0));
    size_t have = 0;
    for (ssize_t got; (got = recv(s[1], b, sizeof b, 0)) > 0;)
        have += (size_t)got;
    SHOW(have);
    struct sockaddr_storage name;
    socklen_t length = sizeof name;
    SHOW(getsockname(s[0], (struct sockaddr*)&name, &length));
    SHOW(length);
    SHOW(name.ss_family == AF_UNIX);
    SHOW(lseek(s[0], 0, SEEK_SET));
    SHOW(pread(s[0], b, 1, 0));
    SHOW(shutdown(s[0], 7));
    SHOW(write(s[0], "last", 4));
    SHOW(shutdown(s[0], SHUT_WR));
    SHOW(write(s[0], "x", 1));
    show_poll(s[0]);
    show_poll(s[1]);
    SHOW(read(s[1], b, sizeof b));
    SHOW(read(s[1], b, sizeof b));
    SHOW(write(s[1], "still", 5));
    SHOW(close(s[0]));  // with "still" unread
    show_poll(s[1]);
    SHOW(write(s[1], "x", 1));
    SHOW(read(s[1], b, sizeof b));
    SHOW(read(s[1], b, sizeof b));
    SHOW(close(s[1]));
    SHOW(socketpair(AF_UNIX, 99, 0, s));
    SHOW(socketpair(AF_UNIX, SOCK_STREAM, 77, s));
    SHOW(socketpair(AF_UNIX, SOCK_STREAM, 0, BAD));
    SHOW(send(0, "x", 1, 0));
    SHOW(shutdown(0, 0));
    SHOW(recv(99, b, 1, 0));
}
