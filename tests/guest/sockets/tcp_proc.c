// SPDX-License-Identifier: BSD-3-Clause
// TCP sockets in /proc/net/tcp, tcp6 and sockstat: a listener with its queue, both ends of a
// connection with data under way, TIME_WAIT; counters of opens and resets.
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <report.h>
#include <sys/ioctl.h>

static int listener;
static unsigned port;

/// Lines with our port, the port and inode replaced by what they stand for, in the order of states,
/// our ends first.
/// @return whether there was one of state `sought`; `print` 0: only that.
static int look(const char* path, int print, unsigned sought) {
    char line[512];
    int found = 0;
    for (unsigned turn = 2; turn < 24; ++turn) {
        FILE* f = fopen(path, "r");
        fgets(line, sizeof line, f);
        while (fgets(line, sizeof line, f)) {
            char local[64], remote[64];
            unsigned local_port, remote_port, state, tx, rx;
            unsigned long inode;
            if (sscanf(line, "%*d: %63[^:]:%x %63[^:]:%x %x %x:%x %*s %*s %*s %*s %lu", local,
                       &local_port, remote, &remote_port, &state, &tx, &rx, &inode) != 8)
                printf("cannot parse: %s", line);
            else if (state == turn / 2 && (turn % 2 ? remote_port : local_port) == port) {
                found |= state == sought;
                if (!print)
                    continue;
                printf("  %s:%s %s:%s state %u tx %u rx %u inode %s\n", local,
                       local_port == port ? "P" : "x", remote,
                       remote_port == port ? "P"
                       : remote_port       ? "x"
                                           : "0",
                       state, tx, state == 8 ? 0 : rx, inode ? "yes" : "no");
            }
        }
        fclose(f);
    }
    return found;
}

static void show(const char* when, const char* path) {
    printf("%s\n", when);
    look(path, 1, 0);
}

/// Until the peer has acknowledged everything.
static void settle(int fd) {
    int waiting;
    while (ioctl(fd, SIOCOUTQ, &waiting) == 0 && waiting)
        usleep(1000);
}

static long counter(const char* name) {
    char names[4096], values[4096], *n, *v, *next_n, *next_v;
    long found = -1;
    FILE* f = fopen("/proc/net/snmp", "r");
    while (fgets(names, sizeof names, f) && fgets(values, sizeof values, f)) {
        if (strncmp(names, "Tcp:", 4) != 0)
            continue;
        n = strtok_r(names, " \n", &next_n);
        v = strtok_r(values, " \n", &next_v);
        for (; n && v; n = strtok_r(NULL, " \n", &next_n), v = strtok_r(NULL, " \n", &next_v))
            if (strcmp(n, name) == 0)
                found = atol(v);
    }
    fclose(f);
    return found;
}

static int connected(const struct sockaddr* to, socklen_t size) {
    int fd = socket(to->sa_family, SOCK_STREAM, 0);
    if (connect(fd, to, size) != 0)
        perror("connect");
    return fd;
}

static void exercise(int family, const char* path) {
    struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr* at = family == AF_INET ? (void*)&v4 : (void*)&to;
    socklen_t size = family == AF_INET ? sizeof v4 : sizeof to;
    listener = socket(family, SOCK_STREAM, 0);
    SHOW(bind(listener, at, size));
    SHOW(listen(listener, 5));
    getsockname(listener, at, &size);
    port = ntohs(family == AF_INET ? v4.sin_port : to.sin6_port);
    long active = counter("ActiveOpens"), passive = counter("PassiveOpens"),
         resets = counter("EstabResets");
    show("listening", path);
    int a = connected(at, size);
    show("connected, not accepted", path);
    int b = accept(listener, NULL, NULL);
    show("accepted", path);
    write(a, "twelve bytes", 12);
    settle(a);
    show("data", path);
    printf("opens %d %d, established %d\n", counter("ActiveOpens") > active,
           counter("PassiveOpens") > passive, counter("CurrEstab") >= 2);  // others may come and go
    char text[12];
    read(b, text, sizeof text);
    shutdown(a, SHUT_WR);
    settle(a);
    show("half closed", path);
    close(b);
    close(a);
    while (!look(path, 0, 6) || look(path, 0, 5) || look(path, 0, 9))
        usleep(10000);
    show("closed", path);
    int c = connected(at, size), d = accept(listener, NULL, NULL);
    const struct linger none = {1, 0};
    setsockopt(c, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    close(c);
    read(d, text, 1);
    printf("resets %d\n", counter("EstabResets") >= resets + 2);
    close(d);
    close(listener);
}

int main(void) {
    exercise(AF_INET, "/proc/net/tcp");
    exercise(AF_INET6, "/proc/net/tcp6");
    return 0;
}
