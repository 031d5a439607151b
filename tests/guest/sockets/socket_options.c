// SPDX-License-Identifier: BSD-3-Clause
// SOL_SOCKET: values of fresh sockets, what setting does to them, odd lengths and refusals.
#include <linux/filter.h>
#include <sys/time.h>
#include <unix.h>

static int s;

static void get(const char* name, int option) {
    int value[4] = {-7, -7, -7, -7};
    socklen_t n = sizeof value;
    errno = 0;
    if (getsockopt(s, SOL_SOCKET, option, value, &n) != 0)
        printf("%s: %s\n", name, strerrorname_np(errno));
    else
        printf("%s: %d (%u)\n", name, n >= 4 ? value[0] : 0, n);
}

static void set(const char* name, int option, int value) {
    errno = 0;
    int r = setsockopt(s, SOL_SOCKET, option, &value, sizeof value);
    printf("set %s %d: %s; ", name, value, r == 0 ? "ok" : strerrorname_np(errno));
    get(name, option);
}

#define GET(o) get(#o, o)
#define SET(o, v) set(#o, o, v)

int main(void) {
    s = socket(AF_UNIX, SOCK_DGRAM, 0);
    GET(SO_DEBUG), GET(SO_REUSEADDR), GET(SO_DONTROUTE), GET(SO_BROADCAST), GET(SO_KEEPALIVE);
    GET(SO_OOBINLINE), GET(SO_PRIORITY), GET(SO_LINGER), GET(SO_REUSEPORT), GET(SO_PASSCRED);
    GET(SO_RCVLOWAT), GET(SO_SNDLOWAT), GET(SO_RCVTIMEO), GET(SO_SNDTIMEO), GET(SO_TIMESTAMP);
    GET(SO_ACCEPTCONN), GET(SO_MARK), GET(SO_LOCK_FILTER), GET(SO_BUSY_POLL), GET(SO_PEEK_OFF);
    GET(SO_TIMESTAMPNS), GET(SO_ZEROCOPY), GET(SO_BINDTODEVICE);
    GET(9999);
    SET(SO_SNDBUF, 10000), SET(SO_SNDBUF, 0), SET(SO_RCVBUF, 10000), SET(SO_RCVBUF, 1);
    SET(SO_RCVBUF, 5000);
    SET(SO_REUSEADDR, 5), SET(SO_REUSEADDR, 0), SET(SO_BROADCAST, 1), SET(SO_KEEPALIVE, 1);
    SET(SO_PRIORITY, 3), SET(SO_RCVLOWAT, 0), SET(SO_RCVLOWAT, 100), SET(SO_RCVLOWAT, -1);
    SET(SO_TYPE, 1), SET(SO_ERROR, 1), SET(SO_ACCEPTCONN, 1), SET(SO_DOMAIN, 1);
    SET(SO_TIMESTAMP, 1), SET(SO_TIMESTAMPNS, 1);
    get("SO_TIMESTAMP", SO_TIMESTAMP);
    SET(SO_ZEROCOPY, 1), SET(SO_PEEK_OFF, 4), SET(SO_BUSY_POLL, -1), SET(SO_MARK, 7);
    SET(9999, 1);
    char c = 1;
    SHOW(setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &c, 1));
    SHOW(setsockopt(s, SOL_SOCKET, SO_REUSEADDR, BAD, 4));
    int v = 1;
    SHOW(setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &v, -1));
    SHOW(setsockopt(0, SOL_SOCKET, SO_REUSEADDR, &v, 4));
    SHOW(setsockopt(s, 12345, SO_REUSEADDR, &v, 4));
    socklen_t n = 2;
    v = 0;
    SHOW(getsockopt(s, SOL_SOCKET, SO_TYPE, &v, &n));
    printf("%d %u\n", v, n);
    n = -1;
    SHOW(getsockopt(s, SOL_SOCKET, SO_TYPE, &v, &n));
    n = 4;
    SHOW(getsockopt(s, SOL_SOCKET, SO_TYPE, BAD, &n));
    SHOW(getsockopt(s, SOL_SOCKET, SO_TYPE, &v, BAD));
    struct linger l = {1, 30};
    SHOW(setsockopt(s, SOL_SOCKET, SO_LINGER, &l, sizeof l));
    SHOW(setsockopt(s, SOL_SOCKET, SO_LINGER, &l, 4));
    l.l_linger = 0;
    n = sizeof l;
    SHOW(getsockopt(s, SOL_SOCKET, SO_LINGER, &l, &n));
    printf("%d %d %u\n", l.l_onoff, l.l_linger, n);
    struct timeval t = {0, 30000};
    SHOW(setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t));
    char b[4];
    SHOW(recv(s, b, sizeof b, 0));
    t.tv_usec = 1000000;
    SHOW(setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t));
    t = (struct timeval){2, 500000};
    SHOW(setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof t));
    t = (struct timeval){0, 0};
    n = sizeof t;
    SHOW(getsockopt(s, SOL_SOCKET, SO_SNDTIMEO, &t, &n));
    printf("%ld %ld %u\n", (long)t.tv_sec, (long)t.tv_usec, n);
    // Filters: good, bad, taken away, locked.
    struct sock_filter good[] = {{BPF_RET | BPF_K, 0, 0, 0xffff}};
    struct sock_filter bad[] = {{BPF_JMP | BPF_JA, 0, 0, 5}, {BPF_RET | BPF_K, 0, 0, 1}};
    struct sock_fprog p = {1, good}, q = {2, bad}, none = {0, good};
    SHOW(setsockopt(s, SOL_SOCKET, SO_DETACH_FILTER, &v, sizeof v));
    SHOW(setsockopt(s, SOL_SOCKET, SO_ATTACH_FILTER, &p, sizeof p));
    SHOW(setsockopt(s, SOL_SOCKET, SO_ATTACH_FILTER, &q, sizeof q));
    SHOW(setsockopt(s, SOL_SOCKET, SO_ATTACH_FILTER, &none, sizeof none));
    SHOW(setsockopt(s, SOL_SOCKET, SO_ATTACH_FILTER, &p, 8));
    SHOW(setsockopt(s, SOL_SOCKET, SO_DETACH_FILTER, &v, sizeof v));
    v = 1;
    SHOW(setsockopt(s, SOL_SOCKET, SO_LOCK_FILTER, &v, sizeof v));
    SHOW(setsockopt(s, SOL_SOCKET, SO_ATTACH_FILTER, &p, sizeof p));
    v = 0;
    SHOW(setsockopt(s, SOL_SOCKET, SO_LOCK_FILTER, &v, sizeof v));
    return 0;
}
