// SPDX-License-Identifier: BSD-3-Clause
// The abstract namespace and names chosen automatically.
#include <unix.h>

int main(void) {
    struct sockaddr_un a, b;
    socklen_t length = abstract_name(&a, "abs");
    int s = socket(AF_UNIX, SOCK_STREAM, 0), t = socket(AF_UNIX, SOCK_STREAM, 0);
    SHOW(bind(s, NAME(a), length));
    SHOW(bind(t, NAME(a), length));
    SHOW(bind(t, NAME(a), length + 1));
    socklen_t n = sizeof b;
    SHOW(getsockname(s, NAME(b), &n));
    HOLDS(n == length && memcmp(&a, &b, n) == 0);
    int d = socket(AF_UNIX, SOCK_DGRAM, 0);
    SHOW(bind(d, NAME(a), length));
    SHOW(connect(d, NAME(a), length));
    SHOW(listen(s, 0));
    int c = socket(AF_UNIX, SOCK_STREAM, 0);
    SHOW(connect(c, NAME(a), length));
    SHOW(connect(socket(AF_UNIX, SOCK_STREAM, 0), NAME(a), length - 1));
    SHOW(close(s));
    int again = socket(AF_UNIX, SOCK_STREAM, 0);
    SHOW(bind(again, NAME(a), length));
    int u = socket(AF_UNIX, SOCK_DGRAM, 0);
    a.sun_family = AF_UNIX;
    SHOW(bind(u, NAME(a), sizeof(sa_family_t)));
    n = sizeof b;
    SHOW(getsockname(u, NAME(b), &n));
    SHOW(n);
    SHOW(b.sun_path[0]);
    HOLDS(strspn(b.sun_path + 1, "0123456789abcdef") == 5);
    SHOW(bind(u, NAME(a), sizeof(sa_family_t)));
    // With SO_PASSCRED a sender gets a name.
    int on = 1, v = socket(AF_UNIX, SOCK_DGRAM, 0);
    SHOW(setsockopt(v, SOL_SOCKET, SO_PASSCRED, &on, sizeof on));
    SHOW(sendto(v, "x", 1, 0, NAME(b), n));
    n = sizeof b;
    SHOW(getsockname(v, NAME(b), &n));
    SHOW(n);
    return 0;
}
