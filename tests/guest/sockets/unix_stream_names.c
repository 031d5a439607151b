// SPDX-License-Identifier: BSD-3-Clause
// Path names: bind, listen, connect, accept, what the ends are called, what a name left over does.
#include <unix.h>

static void show_name(const char* what, int fd, int (*get)(int, struct sockaddr*, socklen_t*)) {
    struct sockaddr_un a;
    memset(&a, 'x', sizeof a);
    socklen_t n = sizeof a;
    errno = 0;
    if (get(fd, NAME(a), &n) != 0)
        printf("%s: %s\n", what, strerrorname_np(errno));
    else
        printf("%s: length %u family %d path '%s'\n", what, n, a.sun_family,
               n > 2 ? a.sun_path : "");
}

static int get_name(int fd, struct sockaddr* a, socklen_t* n) {
    return getsockname(fd, a, n);
}
static int get_peer(int fd, struct sockaddr* a, socklen_t* n) {
    return getpeername(fd, a, n);
}

int main(void) {
    own_folder();
    int l = socket(AF_UNIX, SOCK_STREAM, 0), c = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un a = path_name("server");
    SHOW(connect(c, NAME(a), sizeof a));
    SHOW(listen(l, 1));
    SHOW(bind(l, NAME(a), sizeof a));
    SHOW(bind(l, NAME(a), sizeof a));
    struct sockaddr_un other = path_name("other");
    SHOW(bind(l, NAME(other), sizeof other));
    SHOW(access("other", F_OK));
    SHOW(connect(c, NAME(a), sizeof a));
    SHOW(accept(l, NULL, NULL));
    SHOW(listen(l, 5));
    show_name("listener", l, get_name);
    show_name("listener's peer", l, get_peer);
    show_name("client before", c, get_name);
    SHOW(connect(c, NAME(a), sizeof a));
    SHOW(connect(c, NAME(a), sizeof a));
    show_name("client's peer", c, get_peer);
    struct sockaddr_un from;
    socklen_t n = sizeof from;
    int s;
    WORKS(s = accept(l, NAME(from), &n));
    SHOW(n);
    show_name("accepted", s, get_name);
    show_name("accepted's peer", s, get_peer);
    SHOW(write(c, "ping", 4));
    char b[16] = "";
    SHOW(read(s, b, sizeof b));
    struct stat st;
    stat("server", &st);
    HOLDS(S_ISSOCK(st.st_mode));
    SHOW(open("server", O_RDWR));
    SHOW(unlink("server"));
    int d = socket(AF_UNIX, SOCK_STREAM, 0);
    SHOW(connect(d, NAME(a), sizeof a));
    write_file("plain", "x");
    struct sockaddr_un plain = path_name("plain");
    SHOW(connect(d, NAME(plain), sizeof plain));
    SHOW(bind(d, NAME(plain), sizeof plain));
    SHOW(close(l));
    SHOW(write(s, "pong", 4));
    SHOW(read(c, b, sizeof b));
    struct sockaddr_un again = path_name("again");
    int l2 = socket(AF_UNIX, SOCK_STREAM, 0);
    SHOW(bind(l2, NAME(again), sizeof again));
    SHOW(listen(l2, 1));
    SHOW(close(l2));
    SHOW(connect(d, NAME(again), sizeof again));
    SHOW(bind(d, NAME(again), sizeof again));
    return 0;
}
