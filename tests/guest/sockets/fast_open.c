// SPDX-License-Identifier: BSD-3-Clause
// TCP Fast Open over the loopback: the first connection gets a cookie, later ones send data with
// their SYN (tcp(7)).
#include <net/if.h>
#include <sched.h>
#include <tcp.h>

static void set_system(const char* text) {
    int fd = open("/proc/sys/net/ipv4/tcp_fastopen", O_WRONLY);
    SHOW(write(fd, text, strlen(text)));
    close(fd);
}
static int number(int s, int option) {
    int v = -1;
    socklen_t n = sizeof v;
    return getsockopt(s, IPPROTO_TCP, option, &v, &n) ? -errno : v;
}
static int set(int s, int option, int v) {
    return setsockopt(s, IPPROTO_TCP, option, &v, sizeof v);
}
static void data_in_syn(const char* who, int s) {
    struct tcp_info i;
    socklen_t n = sizeof i;
    memset(&i, 0, sizeof i);
    getsockopt(s, IPPROTO_TCP, TCP_INFO, &i, &n);
    printf("%s: %s\n", who, i.tcpi_options & 32 ? "data in the SYN" : "no data in the SYN");
}
/// The other side of a connection that has begun: reads what there is and answers.
static void serve(int l, int client) {
    char b[100] = "";
    int a = accept(l, NULL, NULL);
    ssize_t n = recv(a, b, sizeof b - 1, 0);
    printf("server: %zd %s\n", n, b);
    SHOW(send(a, "answer", 6, 0));
    memset(b, 0, sizeof b);
    n = recv(client, b, sizeof b - 1, 0);
    printf("client: %zd %s\n", n, b);
    data_in_syn("server", a);
    data_in_syn("client", client);
    close(a);
    close(client);
}

int main(void) {
    unshare(CLONE_NEWNET);  // on Linux: not this machine's own settings
    struct ifreq up = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    ioctl(socket(AF_INET, SOCK_DGRAM, 0), SIOCSIFFLAGS, &up);
    set_system("0");
    int l = listener(5), c = tcp_socket();
    struct sockaddr_in a = loopback(port_of(l));
    puts("switched off");
    SHOW(sendto(c, "x", 1, MSG_FASTOPEN, (void*)&a, sizeof a));
    SHOW(set(c, TCP_FASTOPEN_CONNECT, 1));
    set_system("3");
    puts("options");
    SHOW(number(c, TCP_FASTOPEN_CONNECT));
    SHOW(set(c, TCP_FASTOPEN_CONNECT, 2));
    SHOW(set(l, TCP_FASTOPEN, -1));
    SHOW(number(l, TCP_FASTOPEN));
    SHOW(set(l, TCP_FASTOPEN, 5));
    SHOW(number(l, TCP_FASTOPEN));
    close(c);

    puts("MSG_FASTOPEN");
    for (int i = 0; i < 3; ++i) {
        c = tcp_socket();
        SHOW(sendto(c, "request", 7, MSG_FASTOPEN, (void*)&a, sizeof a));
        SHOW(sendto(c, "x", 1, MSG_FASTOPEN, (void*)&a, sizeof a));
        serve(l, c);
    }
    puts("TCP_FASTOPEN_CONNECT");
    for (int i = 0; i < 2; ++i) {
        c = tcp_socket();
        SHOW(set(c, TCP_FASTOPEN_CONNECT, 1));
        SHOW(connect(c, (void*)&a, sizeof a));
        show_poll_after("before the data", c, 0);
        SHOW(send(c, "deferred", 8, 0));
        serve(l, c);
    }
    puts("not blocking");
    c = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    SHOW(sendto(c, "quick", 5, MSG_FASTOPEN, (void*)&a, sizeof a));
    fcntl(c, F_SETFL, 0);
    serve(l, c);
    puts("a server that has it switched off");
    SHOW(set(l, TCP_FASTOPEN, 0));
    c = tcp_socket();
    SHOW(sendto(c, "request", 7, MSG_FASTOPEN, (void*)&a, sizeof a));
    serve(l, c);
    puts("nobody there");
    close(l);
    c = tcp_socket();
    SHOW(sendto(c, "request", 7, MSG_FASTOPEN, (void*)&a, sizeof a));
    close(c);
    set_system("1");
    return 0;
}
