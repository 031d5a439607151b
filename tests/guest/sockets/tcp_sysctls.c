// SPDX-License-Identifier: BSD-3-Clause
// net.ipv4.tcp_*: what is written shows in sockets that are made and opened afterwards.
#include <net/if.h>
#include <sched.h>
#include <tcp.h>

static void store(const char* name, const char* text) {
    char path[100];
    snprintf(path, sizeof path, "/proc/sys/net/ipv4/%s", name);
    int fd = open(path, O_WRONLY);
    if (fd < 0) {
        printf("%s: open %s\n", name, strerrorname_np(errno));
        return;
    }
    if (write(fd, text, strlen(text)) < 0)
        printf("%s = %s: %s\n", name, text, strerrorname_np(errno));
    close(fd);
}
static void show(const char* name) {
    char path[100], text[100] = "";
    snprintf(path, sizeof path, "/proc/sys/net/ipv4/%s", name);
    int fd = open(path, O_RDONLY);
    if (fd < 0 || read(fd, text, sizeof text - 1) < 0)
        printf("%s: %s\n", name, strerrorname_np(errno));
    else
        printf("%s: %s", name, text);
    close(fd);
}
static void option(int s, const char* what, int level, int name) {
    int v = -1;
    socklen_t n = sizeof v;
    getsockopt(s, level, name, &v, &n);
    printf("%s: %d\n", what, v);
}
static void agreed(const char* when) {
    int ends[2];
    struct tcp_info i;
    socklen_t n = sizeof i;
    tcp_pair(ends);
    for (int k = 0; k < 2; ++k) {
        n = sizeof i;
        getsockopt(ends[k], IPPROTO_TCP, TCP_INFO, &i, &n);
        printf("%s, end %d:%s%s%s%s\n", when, k, i.tcpi_options & 1 ? " timestamps" : "",
               i.tcpi_options & 2 ? " sack" : "", i.tcpi_options & 4 ? " scaling" : "",
               i.tcpi_options & 8 ? " ecn" : "");
        close(ends[k]);
    }
}

int main(void) {
    unshare(CLONE_NEWNET);  // on Linux: not this machine's own values
    struct ifreq up = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    ioctl(socket(AF_INET, SOCK_DGRAM, 0), SIOCSIFFLAGS, &up);
    store("tcp_congestion_control", "reno");
    store("tcp_rmem", "4096 131072 6291456");
    int before = tcp_socket();
    option(before, "SO_RCVBUF", SOL_SOCKET, SO_RCVBUF);
    option(before, "SO_SNDBUF", SOL_SOCKET, SO_SNDBUF);
    store("tcp_rmem", "8192 65536 1048576");
    store("tcp_wmem", "8192\t32768\t1048576\n");
    show("tcp_rmem");
    show("tcp_wmem");
    store("tcp_wmem", "5000");
    show("tcp_wmem");
    store("tcp_wmem", "x");
    store("tcp_congestion_control", "reno\n");
    show("tcp_congestion_control");
    store("tcp_congestion_control", "none-such");
    store("tcp_keepalive_time", "100");
    store("tcp_keepalive_intvl", "20");
    store("tcp_keepalive_probes", "3");
    store("tcp_syn_retries", "2");
    store("tcp_fin_timeout", "30");
    store("tcp_syn_retries", "128");
    store("tcp_ecn", "x");
    int s = tcp_socket(), own = 77;
    option(s, "SO_RCVBUF", SOL_SOCKET, SO_RCVBUF);
    option(s, "SO_SNDBUF", SOL_SOCKET, SO_SNDBUF);
    option(s, "TCP_KEEPIDLE", IPPROTO_TCP, TCP_KEEPIDLE);
    option(s, "TCP_KEEPINTVL", IPPROTO_TCP, TCP_KEEPINTVL);
    option(s, "TCP_KEEPCNT", IPPROTO_TCP, TCP_KEEPCNT);
    option(s, "TCP_SYNCNT", IPPROTO_TCP, TCP_SYNCNT);
    option(s, "TCP_LINGER2", IPPROTO_TCP, TCP_LINGER2);
    char name[32] = "";
    socklen_t n = sizeof name;
    getsockopt(s, IPPROTO_TCP, TCP_CONGESTION, name, &n);
    printf("congestion control: %s\n", name);
    puts("made before:");
    option(before, "SO_RCVBUF", SOL_SOCKET, SO_RCVBUF);
    option(before, "TCP_KEEPIDLE", IPPROTO_TCP, TCP_KEEPIDLE);
    SHOW(setsockopt(before, IPPROTO_TCP, TCP_KEEPIDLE, &own, sizeof own));
    store("tcp_keepalive_time", "7200");
    option(before, "its own TCP_KEEPIDLE", IPPROTO_TCP, TCP_KEEPIDLE);
    option(s, "TCP_KEEPIDLE", IPPROTO_TCP, TCP_KEEPIDLE);

    store("tcp_congestion_control", "reno");
    agreed("as usual");
    store("tcp_timestamps", "0");
    agreed("no timestamps");
    store("tcp_sack", "0");
    agreed("no sack");
    store("tcp_window_scaling", "0");
    agreed("no scaling");
    store("tcp_ecn", "1");
    agreed("ecn");
    store("tcp_timestamps", "1");
    store("tcp_sack", "1");
    store("tcp_window_scaling", "1");
    store("tcp_syncookies", "2");  // everybody gets one: what options need is in the timestamp
    store("tcp_ecn", "2");
    agreed("cookies");
    store("tcp_syncookies", "1");
    store("tcp_rmem", "4096 131072 6291456");
    store("tcp_wmem", "4096 16384 4194304");
    store("tcp_keepalive_intvl", "75");
    store("tcp_keepalive_probes", "9");
    store("tcp_syn_retries", "6");
    store("tcp_fin_timeout", "60");
    return 0;
}
