// SPDX-License-Identifier: BSD-3-Clause
// Resets: by unread data, by SO_LINGER, by writing to somebody who has gone; and what both ends
// see.
#include <tcp.h>

static char b[64];

static void look(const char* what, int s) {
    show_poll(what, s);
    SHOW(recv(s, b, sizeof b, MSG_DONTWAIT));
    SHOW(recv(s, b, sizeof b, MSG_DONTWAIT));
    SHOW(send(s, "x", 1, MSG_NOSIGNAL));
    SHOW(send(s, "x", 1, MSG_NOSIGNAL));
    show_error(what, s);
}

int main(void) {
    int e[2];
    puts("-- closed with unread data");
    tcp_pair(e);
    SHOW(send(e[0], "unread", 6, 0));
    usleep(20000);
    close(e[1]);
    look("peer", e[0]);
    close(e[0]);

    puts("-- zero linger");
    tcp_pair(e);
    struct linger none = {1, 0};
    SHOW(setsockopt(e[1], SOL_SOCKET, SO_LINGER, &none, sizeof none));
    close(e[1]);
    look("peer", e[0]);
    close(e[0]);

    puts("-- data before the reset");
    tcp_pair(e);
    SHOW(setsockopt(e[1], SOL_SOCKET, SO_LINGER, &none, sizeof none));
    SHOW(send(e[1], "abc", 3, 0));
    usleep(20000);
    close(e[1]);
    usleep(20000);
    show_poll("peer", e[0]);
    SHOW(recv(e[0], b, sizeof b, 0));
    close(e[0]);

    puts("-- writing to a closed end");
    tcp_pair(e);
    close(e[1]);
    show_poll("peer", e[0]);
    SHOW(recv(e[0], b, sizeof b, 0));
    SHOW(send(e[0], "1", 1, MSG_NOSIGNAL));
    usleep(20000);
    show_poll("peer", e[0]);
    SHOW(send(e[0], "2", 1, MSG_NOSIGNAL));
    SHOW(recv(e[0], b, sizeof b, 0));
    show_error("peer", e[0]);
    close(e[0]);

    puts("-- reset in SYN_SENT");
    int l = listener(1), port = port_of(l);
    close(l);
    int s = tcp_socket();
    SHOW(connect_to(s, port));
    show_error("s", s);
    show_poll("s", s);
    SHOW(fcntl(s, F_SETFL, O_NONBLOCK));
    int r = connect_to(s, port);
    int again = errno;
    HOLDS(r == -1 && (again == EINPROGRESS || again == ECONNREFUSED));
    show_poll("s", s);
    if (again == EINPROGRESS)
        HOLDS(connect_to(s, port) == -1 && errno == ECONNREFUSED);
    show_error("s", s);
    close(s);
    return 0;
}
