// SPDX-License-Identifier: BSD-3-Clause
// connect(2): blocking or not, again, to nobody, to oneself, undone by AF_UNSPEC.
#include <tcp.h>

static int port_alone(void) {
    int l = listener(1), port = port_of(l);
    close(l);
    return port;
}

int main(void) {
    int l = listener(8);
    puts("-- without blocking");
    int s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    int r = connect_to(s, port_of(l));
    HOLDS(r == 0 || errno == EINPROGRESS);
    struct pollfd p = {s, POLLOUT, 0};
    SHOW(poll(&p, 1, 1000));
    SHOW(p.revents);
    show_error("s", s);
    int again = connect_to(s, port_of(l));
    HOLDS(again == 0 || errno == EISCONN);
    SHOW(connect_to(s, port_of(l)));
    close(s);
    puts("-- to nobody");
    s = tcp_socket();
    SHOW(connect_to(s, port_alone()));
    SHOW(connect_to(s, port_of(l)));  // Linux lets a refused socket try again
    close(s);
    puts("-- bad names");
    s = tcp_socket();
    struct sockaddr_in a = loopback(0);
    SHOW(connect(s, (void*)&a, 8));
    a.sin_family = AF_INET6;
    SHOW(connect(s, (void*)&a, sizeof a));
    a = (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(9), .sin_addr = {htonl(0xe0000001)}};
    SHOW(connect(s, (void*)&a, sizeof a));
    puts("-- any address is loopback");
    a.sin_addr.s_addr = 0;
    a.sin_port = htons(port_of(l));
    SHOW(connect(s, (void*)&a, sizeof a));
    socklen_t n = sizeof a;
    SHOW(getpeername(s, (void*)&a, &n));
    HOLDS(ntohl(a.sin_addr.s_addr) == INADDR_LOOPBACK);
    SHOW(getsockname(s, (void*)&a, &n));
    HOLDS(ntohl(a.sin_addr.s_addr) == INADDR_LOOPBACK);
    puts("-- undone");
    struct sockaddr none = {.sa_family = AF_UNSPEC};
    SHOW(connect(s, &none, sizeof none));
    SHOW(getpeername(s, (void*)&a, &n));
    SHOW(state_of(s));
    SHOW(connect_to(s, port_of(l)));
    close(s);
    puts("-- to oneself");
    s = tcp_socket();
    a = loopback(0);
    SHOW(bind(s, (void*)&a, sizeof a));
    SHOW(connect_to(s, port_of(s)));
    SHOW(state_of(s));
    SHOW(send(s, "echo", 4, 0));
    char b[8];
    SHOW(recv(s, b, 8, 0));
    return 0;
}
