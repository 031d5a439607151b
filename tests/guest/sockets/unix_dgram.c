// SPDX-License-Identifier: BSD-3-Clause
// Datagrams: boundaries, truncation, addresses of senders, connect, refusals when the other goes.
#include <unix.h>

static char b[100];

static void receive(int fd, size_t room, int flags) {
    struct sockaddr_un from;
    memset(&from, 0, sizeof from);
    socklen_t n = sizeof from;
    memset(b, 0, sizeof b);
    errno = 0;
    ssize_t got = recvfrom(fd, b, room, flags | MSG_DONTWAIT, NAME(from), &n);
    if (got < 0)
        printf("receive: %s\n", strerrorname_np(errno));
    else
        printf("receive: %zd '%s' from '%s' (%u)\n", got, b, n > 2 ? from.sun_path : "", n);
}

int main(void) {
    own_folder();
    signal(SIGPIPE, SIG_IGN);
    int a = socket(AF_UNIX, SOCK_DGRAM, 0), c = socket(AF_UNIX, SOCK_DGRAM, 0);
    struct sockaddr_un an = path_name("a"), cn = path_name("c");
    SHOW(bind(a, NAME(an), sizeof an));
    SHOW(send(c, "x", 1, 0));
    SHOW(sendto(c, "one", 3, 0, NAME(an), sizeof an));
    receive(a, sizeof b, 0);
    SHOW(bind(c, NAME(cn), sizeof cn));
    SHOW(sendto(c, "second", 6, 0, NAME(an), sizeof an));
    SHOW(sendto(c, "", 0, 0, NAME(an), sizeof an));
    SHOW(sendto(c, "fourth", 6, 0, NAME(an), sizeof an));
    int n;
    SHOW((ioctl(a, FIONREAD, &n), n));
    receive(a, 3, MSG_PEEK);
    receive(a, 3, MSG_PEEK | MSG_TRUNC);
    receive(a, 3, 0);
    receive(a, sizeof b, 0);
    receive(a, 3, MSG_TRUNC);
    receive(a, 3, 0);
    SHOW(connect(c, NAME(an), sizeof an));
    SHOW(send(c, "connected", 9, 0));
    receive(a, sizeof b, 0);
    struct sockaddr_un nobody = path_name("nobody");
    SHOW(sendto(c, "x", 1, 0, NAME(nobody), sizeof nobody));
    SHOW(sendto(c, "to itself", 9, 0, NAME(cn), sizeof cn));
    // Who is connected takes messages from the peer only.
    int d = socket(AF_UNIX, SOCK_DGRAM, 0);
    SHOW(sendto(d, "stranger", 8, 0, NAME(cn), sizeof cn));
    SHOW(connect(d, NAME(cn), sizeof cn));
    SHOW(sendto(a, "peer", 4, 0, NAME(cn), sizeof cn));
    receive(c, sizeof b, 0);
    int st = socket(AF_UNIX, SOCK_STREAM, 0);
    SHOW(connect(st, NAME(an), sizeof an));
    SHOW(listen(c, 1));
    SHOW(accept(c, NULL, NULL));
    SHOW(close(a));
    show_poll("peer closed", c);
    SHOW(send(c, "gone", 4, 0));
    SHOW(send(c, "gone", 4, 0));
    SHOW(sendto(c, "gone", 4, 0, NAME(an), sizeof an));
    struct sockaddr unspecified = {.sa_family = AF_UNSPEC};
    SHOW(connect(c, &unspecified, sizeof unspecified));
    SHOW(send(c, "x", 1, 0));
    receive(c, sizeof b, 0);
    return 0;
}
