// SPDX-License-Identifier: BSD-3-Clause
// SOCK_DGRAM of IPPROTO_ICMP: echo requests without privileges (icmp(7)).
#include <inet.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <sched.h>

static void wait_for(int s) {
    struct pollfd p = {s, POLLIN, 0};
    poll(&p, 1, 2000);
}

int main(void) {
    unshare(CLONE_NEWNET);  // on Linux: to allow ping sockets without changing this machine
    struct ifreq up = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    ioctl(socket(AF_INET, SOCK_DGRAM, 0), SIOCSIFFLAGS, &up);
    int f = open("/proc/sys/net/ipv4/ping_group_range", O_WRONLY);
    if (f >= 0)
        (void)!write(f, "0 2147483647", 12);
    close(f);
    SHOW(socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMPV6));
    int s = socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
    HOLDS(s >= 0);
    struct sockaddr_in a = v4("127.0.0.1", 0), from;
    struct {
        struct icmphdr h;
        char data[8];
    } out = {.h = {.type = ICMP_ECHO, .un.echo.id = htons(77), .un.echo.sequence = htons(5)},
             .data = "payload"},
      in;
    HOLDS(port_of(s) == 0);
    SHOW(sendto(s, &out, sizeof out, 0, TO(a)));
    HOLDS(port_of(s) != 0);
    wait_for(s);
    socklen_t n = sizeof from;
    SHOW(recvfrom(s, &in, sizeof in, 0, (void*)&from, &n));
    show_address("from", &from);
    printf("type %d code %d sequence %d data %s\n", in.h.type, in.h.code,
           ntohs(in.h.un.echo.sequence), in.data);
    // The identifier is the socket's port, whatever the program wrote.
    HOLDS(ntohs(in.h.un.echo.id) == port_of(s));
    out.h.type = ICMP_ECHOREPLY;
    SHOW(sendto(s, &out, sizeof out, 0, TO(a)));
    out.h.type = ICMP_ECHO;
    out.h.code = 1;
    SHOW(sendto(s, &out, sizeof out, 0, TO(a)));
    out.h.code = 0;
    SHOW(sendto(s, &out, 4, 0, TO(a)));
    SHOW(recv(s, &in, sizeof in, MSG_DONTWAIT));
    SHOW(connect(s, TO(a)));
    SHOW(send(s, &out, sizeof out, 0));
    wait_for(s);
    SHOW(recv(s, &in, sizeof in, 0));

    puts("a chosen identifier");
    int t = socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP),
        u = socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
    a = v4("127.0.0.1", 4242);
    SHOW(bind(t, TO(a)));
    SHOW(port_of(t));
    SHOW(bind(u, TO(a)));
    a = v4("192.0.2.1", 0);
    SHOW(bind(u, TO(a)));

    puts("icmpv6");
    int six = socket(AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6);
    struct sockaddr_in6 b = v6("::1", 0), from6;
    struct {
        struct icmp6_hdr h;
        char data[8];
    } out6 = {.h = {.icmp6_type = ICMP6_ECHO_REQUEST}, .data = "payload"}, in6;
    out6.h.icmp6_seq = htons(9);
    SHOW(sendto(six, &out6, sizeof out6, 0, TO(b)));
    wait_for(six);
    n = sizeof from6;
    SHOW(recvfrom(six, &in6, sizeof in6, 0, (void*)&from6, &n));
    printf("type %d sequence %d data %s\n", in6.h.icmp6_type, ntohs(in6.h.icmp6_seq), in6.data);
    HOLDS(ntohs(in6.h.icmp6_id) == port_of(six));
    return 0;
}
