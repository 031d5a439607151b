// SPDX-License-Identifier: BSD-3-Clause
// Options that tell about a socket: SO_COOKIE, SO_MEMINFO, SO_PEERGROUPS, SO_INCOMING_CPU.
#include <grp.h>
#include <inet.h>
#include <linux/sock_diag.h>

#ifndef SK_MEMINFO_VARS
#define SK_MEMINFO_VARS 9
#endif

static void cookies(int a, int b) {
    uint64_t one = 0, again = 0, other = 0;
    socklen_t n = sizeof one;
    SHOW(getsockopt(a, SOL_SOCKET, SO_COOKIE, &one, &n));
    SHOW(n);
    SHOW(getsockopt(a, SOL_SOCKET, SO_COOKIE, &again, &n));
    SHOW(getsockopt(b, SOL_SOCKET, SO_COOKIE, &other, &n));
    HOLDS(one != 0 && one == again && one != other);
    n = 4;
    SHOW(getsockopt(a, SOL_SOCKET, SO_COOKIE, &one, &n));
}

int main(void) {
    int p[2], t = socket(AF_INET, SOCK_STREAM, 0), u = socket(AF_INET, SOCK_DGRAM, 0);
    socketpair(AF_UNIX, SOCK_STREAM, 0, p);
    cookies(p[0], p[1]);
    cookies(t, u);

    unsigned m[SK_MEMINFO_VARS + 2];
    socklen_t n = sizeof m;
    int room = 0;
    SHOW(getsockopt(u, SOL_SOCKET, SO_MEMINFO, m, &n));
    SHOW(n);
    HOLDS(m[SK_MEMINFO_RMEM_ALLOC] == 0);
    n = sizeof room;
    getsockopt(u, SOL_SOCKET, SO_RCVBUF, &room, &n);
    HOLDS(m[SK_MEMINFO_RCVBUF] == (unsigned)room);
    getsockopt(u, SOL_SOCKET, SO_SNDBUF, &room, &n);
    HOLDS(m[SK_MEMINFO_SNDBUF] == (unsigned)room);
    struct sockaddr_in a = v4("127.0.0.1", 0);
    bind(u, TO(a));
    a.sin_port = htons(port_of(u));
    sendto(u, "x", 1, 0, TO(a));
    n = 12;
    SHOW(getsockopt(u, SOL_SOCKET, SO_MEMINFO, m, &n));
    SHOW(n);
    HOLDS(m[SK_MEMINFO_RMEM_ALLOC] > 0);

    unsigned groups[3] = {7, 8, 9}, told[8] = {0};
    SHOW(setgroups(3, groups));
    int q[2];
    socketpair(AF_UNIX, SOCK_STREAM, 0, q);
    SHOW(setgroups(0, NULL));
    n = 4;
    SHOW(getsockopt(q[0], SOL_SOCKET, SO_PEERGROUPS, told, &n));
    SHOW(n);
    n = sizeof told;
    SHOW(getsockopt(q[0], SOL_SOCKET, SO_PEERGROUPS, told, &n));
    SHOW(n);
    printf("%u %u %u\n", told[0], told[1], told[2]);

    int cpu = -7;
    n = sizeof cpu;
    t = socket(AF_INET, SOCK_STREAM, 0);
    SHOW(getsockopt(t, SOL_SOCKET, SO_INCOMING_CPU, &cpu, &n));
    SHOW(cpu);
    cpu = 0;
    SHOW(setsockopt(t, SOL_SOCKET, SO_INCOMING_CPU, &cpu, sizeof cpu));
    cpu = -7;
    SHOW(getsockopt(t, SOL_SOCKET, SO_INCOMING_CPU, &cpu, &n));
    SHOW(cpu);
    SHOW(getsockopt(t, SOL_SOCKET, SO_INCOMING_NAPI_ID, &cpu, &n));
    SHOW(cpu);
    return 0;
}
