// SPDX-License-Identifier: BSD-3-Clause
// setsockopt(2) and getsockopt(2) of level TCP: defaults, bounds, errors.
#include <tcp.h>

static void number(int s, const char* name, int option) {
    int v = -77;
    socklen_t n = sizeof v;
    if (getsockopt(s, IPPROTO_TCP, option, &v, &n))
        printf("%s: %s\n", name, strerrorname_np(errno));
    else
        printf("%s: %d, %d bytes\n", name, v, (int)n);
}
static void set(int s, const char* name, int option, int v) {
    printf("%s = %d: ", name, v);
    if (setsockopt(s, IPPROTO_TCP, option, &v, sizeof v))
        printf("%s\n", strerrorname_np(errno));
    else
        printf("works, ");
    number(s, name, option);
}
#define NUMBER(o) number(s, #o, o)
#define SET(o, v) set(s, #o, o, v)

int main(void) {
    int s = tcp_socket();
    NUMBER(TCP_NODELAY);
    NUMBER(TCP_MAXSEG);
    NUMBER(TCP_CORK);
    NUMBER(TCP_KEEPIDLE);
    NUMBER(TCP_KEEPINTVL);
    NUMBER(TCP_KEEPCNT);
    NUMBER(TCP_SYNCNT);
    NUMBER(TCP_LINGER2);
    NUMBER(TCP_DEFER_ACCEPT);
    NUMBER(TCP_WINDOW_CLAMP);
    NUMBER(TCP_QUICKACK);
    NUMBER(TCP_USER_TIMEOUT);
    NUMBER(TCP_NOTSENT_LOWAT);
    SET(TCP_NODELAY, 5);
    SET(TCP_CORK, 1);
    for (int v = -1; v < 130; v += 13) {
        SET(TCP_KEEPCNT, v);
        SET(TCP_SYNCNT, v);
    }
    SET(TCP_MAXSEG, 87);
    SET(TCP_MAXSEG, 1000);
    SET(TCP_MAXSEG, 32768);
    SET(TCP_KEEPIDLE, 0);
    SET(TCP_KEEPIDLE, 32767);
    SET(TCP_KEEPIDLE, 32768);
    SET(TCP_KEEPINTVL, 10);
    SET(TCP_LINGER2, 10);
    SET(TCP_LINGER2, -5);
    SET(TCP_LINGER2, 1000);
    SET(TCP_USER_TIMEOUT, -1);
    SET(TCP_USER_TIMEOUT, 5000);
    SET(TCP_NOTSENT_LOWAT, 12345);
    SET(TCP_DEFER_ACCEPT, 5);
    SET(TCP_WINDOW_CLAMP, 100);
    SET(TCP_WINDOW_CLAMP, 50000);
    SHOW(setsockopt(s, IPPROTO_TCP, TCP_NODELAY, "x", 1));
    SHOW(setsockopt(s, IPPROTO_TCP, 200, &(int){1}, 4));
    SHOW(getsockopt(s, IPPROTO_TCP, 200, &(int){1}, &(socklen_t){4}));
    char name[64];
    SHOW(setsockopt(s, IPPROTO_TCP, TCP_CONGESTION, "reno", 4));
    socklen_t n = sizeof name;
    SHOW(getsockopt(s, IPPROTO_TCP, TCP_CONGESTION, name, &n));
    printf("%s, %d bytes\n", name, (int)n);
    SHOW(setsockopt(s, IPPROTO_TCP, TCP_CONGESTION, "none-such", 9));
    SHOW(setsockopt(s, IPPROTO_TCP, TCP_CONGESTION, "", 0));
    int l = listener(1), a, keep = 33;
    SHOW(setsockopt(l, IPPROTO_TCP, TCP_KEEPIDLE, &keep, sizeof keep));
    SHOW(setsockopt(l, IPPROTO_TCP, TCP_NODELAY, &keep, sizeof keep));
    SHOW(setsockopt(l, SOL_SOCKET, SO_KEEPALIVE, &keep, sizeof keep));
    SHOW(connect_to(s, port_of(l)));
    a = accept(l, NULL, NULL);
    puts("inherited:");
    number(a, "TCP_KEEPIDLE", TCP_KEEPIDLE);
    number(a, "TCP_NODELAY", TCP_NODELAY);
    int on = -1;
    n = sizeof on;
    SHOW(getsockopt(a, SOL_SOCKET, SO_KEEPALIVE, &on, &n));
    SHOW(on);
    return 0;
}
