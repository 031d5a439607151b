// SPDX-License-Identifier: BSD-3-Clause
// Options of ip(7) and ipv6(7) on TCP sockets: path MTU discovery, free binding, late ports.
#include <tcp.h>

static int get(int s, int level, int option) {
    int v = -77;
    socklen_t n = sizeof v;
    return getsockopt(s, level, option, &v, &n) ? -errno : v;
}
static int set(int s, int level, int option, int v) {
    return setsockopt(s, level, option, &v, sizeof v);
}

int main(void) {
    int s = tcp_socket(), six = socket(AF_INET6, SOCK_STREAM, 0);
    SHOW(get(s, IPPROTO_IP, IP_MTU_DISCOVER));
    for (int v = -1; v < 7; ++v) {
        SHOW(set(s, IPPROTO_IP, IP_MTU_DISCOVER, v));
        SHOW(get(s, IPPROTO_IP, IP_MTU_DISCOVER));
        SHOW(set(six, IPPROTO_IPV6, IPV6_MTU_DISCOVER, v));
        SHOW(get(six, IPPROTO_IPV6, IPV6_MTU_DISCOVER));
    }
    SHOW(set(s, IPPROTO_IP, IP_RECVERR, 5));
    SHOW(get(s, IPPROTO_IP, IP_RECVERR));
    SHOW(set(six, IPPROTO_IPV6, IPV6_RECVERR, 1));
    SHOW(get(six, IPPROTO_IPV6, IPV6_RECVERR));
    SHOW(set(s, IPPROTO_IP, IP_PKTINFO, 1));
    SHOW(get(s, IPPROTO_IP, IP_PKTINFO));
    SHOW(set(s, IPPROTO_IP, IP_TOS, 0xff));
    SHOW(get(s, IPPROTO_IP, IP_TOS));
    SHOW(set(s, IPPROTO_IP, IP_TTL, 0));
    SHOW(set(s, IPPROTO_IP, IP_TTL, 33));
    SHOW(get(s, IPPROTO_IP, IP_TTL));
    SHOW(set(s, IPPROTO_IP, IP_TTL, -1));
    SHOW(get(s, IPPROTO_IP, IP_TTL));
    SHOW(set(s, IPPROTO_IP, IP_HDRINCL, 1));
    SHOW(set(s, IPPROTO_IP, IP_MULTICAST_TTL, 1));
    SHOW(set(six, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 1));
    SHOW(set(s, IPPROTO_IPV6, IPV6_V6ONLY, 1));
    SHOW(get(s, IPPROTO_IP, IP_MTU));
    SHOW(recv(s, &(char){0}, 1, MSG_ERRQUEUE));

    puts("connections with each way of path MTU discovery");
    for (int v = 0; v < 6; ++v) {
        int l = listener(1), c = tcp_socket(), a;
        char b[16] = "";
        set(c, IPPROTO_IP, IP_MTU_DISCOVER, v);
        SHOW(connect_to(c, port_of(l)));
        a = accept(l, NULL, NULL);
        SHOW(send(c, "hello", 5, 0));
        SHOW(recv(a, b, sizeof b, MSG_WAITALL * 0));
        close(c);
        close(a);
        close(l);
    }

    puts("an address that is not here");
    struct sockaddr_in away = loopback(0);
    away.sin_addr.s_addr = htonl(0xc0000201);  // 192.0.2.1
    SHOW(bind(s, (void*)&away, sizeof away));
    SHOW(set(s, IPPROTO_IP, IP_FREEBIND, 1));
    SHOW(get(s, IPPROTO_IP, IP_FREEBIND));
    SHOW(bind(s, (void*)&away, sizeof away));
    SHOW(listen(s, 1));
    close(s);

    puts("a port for connect(2)");
    int l = listener(5), ports[2];
    for (int i = 0; i < 2; ++i) {
        struct sockaddr_in here = loopback(0);
        s = tcp_socket();
        SHOW(set(s, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1));
        SHOW(bind(s, (void*)&here, sizeof here));
        SHOW(port_of(s));
        SHOW(bind(s, (void*)&here, sizeof here));
        SHOW(connect_to(s, port_of(l)));
        ports[i] = port_of(s);
        HOLDS(ports[i] != 0);
    }
    HOLDS(ports[0] != ports[1]);
    SHOW(get(s, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT));
    puts("and to listen");
    s = tcp_socket();
    struct sockaddr_in here = loopback(0);
    set(s, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
    SHOW(bind(s, (void*)&here, sizeof here));
    SHOW(listen(s, 1));
    HOLDS(port_of(s) != 0);
    return 0;
}
