// SPDX-License-Identifier: BSD-3-Clause
// Readiness, errors and states of a TCP socket at every stage of its life.
#include <tcp.h>

static char b[64];

int main(void) {
    signal(SIGPIPE, SIG_IGN);
    int s = tcp_socket();
    puts("-- fresh");
    show_poll("fresh", s);
    SHOW(state_of(s));
    SHOW(send(s, "x", 1, 0));
    SHOW(recv(s, b, 1, 0));
    SHOW(recv(s, b, 1, MSG_DONTWAIT));
    SHOW(shutdown(tcp_socket(), SHUT_WR));
    SHOW(getpeername(s, (void*)b, &(socklen_t){sizeof b}));
    SHOW(accept(s, NULL, NULL));
    SHOW(port_of(s));

    puts("-- listening");
    int l = listener(4);
    show_poll("idle", l);
    SHOW(state_of(l));
    SHOW(recv(l, b, 1, 0));
    SHOW(send(l, b, 1, 0));
    SHOW(connect_to(l, port_of(l)));
    SHOW(fcntl(l, F_SETFL, O_NONBLOCK));
    SHOW(accept(l, NULL, NULL));
    SHOW(connect_to(s, port_of(l)));
    show_poll("waiting", l);
    int a = accept(l, NULL, NULL);
    HOLDS(a >= 0);
    HOLDS(!(fcntl(a, F_GETFL) & O_NONBLOCK));

    puts("-- established");
    SHOW(state_of(s));
    SHOW(state_of(a));
    show_poll("s", s);
    show_poll("a", a);
    SHOW(connect_to(s, port_of(l)));
    SHOW(listen(s, 1));
    SHOW(recv(s, b, 1, MSG_DONTWAIT));
    SHOW(send(s, "hello", 5, 0));
    show_poll("a with data", a);
    SHOW(recv(a, b, sizeof b, MSG_PEEK));
    SHOW(recv(a, b, 2, 0));
    SHOW(recv(a, b, sizeof b, 0));
    SHOW(send(s, "", 0, 0));

    puts("-- half closed");
    SHOW(shutdown(s, SHUT_WR));
    show_poll("s", s);
    show_poll("a", a);
    SHOW(state_of(s));
    SHOW(state_of(a));
    SHOW(recv(a, b, sizeof b, 0));
    SHOW(send(s, "x", 1, 0));
    SHOW(send(a, "back", 4, 0));
    SHOW(recv(s, b, sizeof b, 0));
    SHOW(shutdown(s, SHUT_WR));

    puts("-- closed");
    SHOW(shutdown(a, SHUT_WR));
    usleep(50000);
    SHOW(state_of(a));
    SHOW(state_of(s));
    show_poll("s", s);
    show_poll("a", a);
    SHOW(recv(s, b, sizeof b, 0));
    SHOW(send(a, "x", 1, 0));
    SHOW(shutdown(a, SHUT_RD));
    show_error("s", s);
    SHOW(getpeername(a, (void*)b, &(socklen_t){sizeof b}));
    return 0;
}
