// SPDX-License-Identifier: BSD-3-Clause
// Lengths and families of addresses that are wrong, or unusual.
#include <unix.h>

int main(void) {
    own_folder();
    int s = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un a = path_name("name");
    SHOW(bind(s, NAME(a), 0));
    SHOW(bind(s, NAME(a), 1));
    SHOW(bind(s, NAME(a), -1));
    SHOW(bind(s, NAME(a), 129));
    SHOW(bind(s, NAME(a), sizeof a + 1));
    SHOW(bind(s, BAD, sizeof a));
    SHOW(bind(0, NAME(a), sizeof a));
    SHOW(bind(99, NAME(a), sizeof a));
    a.sun_family = AF_INET;
    SHOW(bind(s, NAME(a), sizeof a));
    SHOW(connect(s, NAME(a), sizeof a));
    a.sun_family = AF_UNSPEC;
    SHOW(connect(s, NAME(a), sizeof a));
    a.sun_family = AF_UNIX;
    SHOW(connect(s, NAME(a), 2));
    // Without the terminating zero: the length counts.
    SHOW(bind(s, NAME(a), offsetof(struct sockaddr_un, sun_path) + 3));
    SHOW(access("nam", F_OK));
    struct sockaddr_un b;
    socklen_t n = sizeof b;
    SHOW(getsockname(s, NAME(b), &n));
    SHOW(n);
    n = 4;
    memset(&b, 'x', sizeof b);
    SHOW(getsockname(s, NAME(b), &n));
    SHOW(n);
    SHOW(b.sun_path[1]);
    SHOW(b.sun_path[2]);
    n = -1;
    SHOW(getsockname(s, NAME(b), &n));
    SHOW(getsockname(s, NAME(b), BAD));
    n = sizeof b;
    SHOW(getsockname(s, BAD, &n));
    SHOW(listen(0, 1));
    SHOW(accept(0, NULL, NULL));
    SHOW(getsockname(0, NAME(b), &n));
    // The longest possible path has no room for a zero.
    struct sockaddr_un full = {.sun_family = AF_UNIX};
    memset(full.sun_path, 'p', sizeof full.sun_path);
    int t = socket(AF_UNIX, SOCK_STREAM, 0);
    SHOW(bind(t, NAME(full), sizeof full));
    n = sizeof b;
    SHOW(getsockname(t, NAME(b), &n));
    SHOW(n);
    struct sockaddr_un missing = path_name("no/such/folder");
    int u = socket(AF_UNIX, SOCK_STREAM, 0);
    SHOW(bind(u, NAME(missing), sizeof missing));
    return 0;
}
