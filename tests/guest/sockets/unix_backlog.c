// SPDX-License-Identifier: BSD-3-Clause
// The queue of a listener: how many fit, what the next one gets, and that room comes back.
#include <unix.h>

static int ask(struct sockaddr_un* a, socklen_t length) {
    int c = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    errno = 0;
    return connect(c, NAME(*a), length) == 0 ? 0 : -1;
}

int main(void) {
    struct sockaddr_un a;
    socklen_t length = abstract_name(&a, "backlog");
    int l = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    bind(l, NAME(a), length);
    SHOW(accept(l, NULL, NULL));
    SHOW(listen(l, 2));
    SHOW(accept(l, NULL, NULL));
    SHOW(ask(&a, length));
    SHOW(ask(&a, length));
    SHOW(ask(&a, length));
    SHOW(ask(&a, length));
    WORKS(accept(l, NULL, NULL));
    SHOW(ask(&a, length));
    SHOW(ask(&a, length));
    SHOW(listen(l, 0));
    SHOW(ask(&a, length));
    SHOW(listen(l, 100));
    SHOW(ask(&a, length));
    int c = socket(AF_UNIX, SOCK_STREAM, 0);
    SHOW(accept4(l, NULL, NULL, 1));
    SHOW(accept(c, NULL, NULL));
    SHOW(listen(c, 1));
    int s;
    struct sockaddr_un peer;
    socklen_t n = sizeof peer;
    WORKS(s = accept4(l, NAME(peer), &n, SOCK_CLOEXEC | SOCK_NONBLOCK));
    HOLDS(fcntl(s, F_GETFD) == FD_CLOEXEC);
    HOLDS(fcntl(s, F_GETFL) == (O_RDWR | O_NONBLOCK));
    SHOW(shutdown(l, SHUT_RD));
    SHOW(ask(&a, length));
    return 0;
}
