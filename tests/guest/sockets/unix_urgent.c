// SPDX-License-Identifier: BSD-3-Clause
// MSG_OOB on AF_UNIX streams: one urgent byte, the mark it leaves, SIGURG.
#include <inet.h>

static volatile int urgent_signals;
static void count(int number) {
    (void)number;
    ++urgent_signals;
}
static int a, b;
static char text[100];

static void pair(void) {
    int p[2];
    socketpair(AF_UNIX, SOCK_STREAM, 0, p);
    a = p[0];
    b = p[1];
}
static void end(void) {
    close(a);
    close(b);
}
static void get(int flags) {
    memset(text, 0, sizeof text);
    errno = 0;
    ssize_t n = recv(b, text, sizeof text - 1, flags | MSG_DONTWAIT);
    if (n < 0)
        printf("recv: %s\n", strerrorname_np(errno));
    else
        printf("recv: %zd %s\n", n, text);
}
static void mark(void) {
    int at = -1;
    SHOW(ioctl(b, SIOCATMARK, &at));
    SHOW(at);
}
static void pri(void) {
    struct pollfd p = {b, POLLIN | POLLPRI, 0};
    poll(&p, 1, 0);
    printf("events:%s%s\n", p.revents & POLLIN ? " in" : "", p.revents & POLLPRI ? " pri" : "");
}

int main(void) {
    signal(SIGURG, count);
    puts("nothing");
    pair();
    get(MSG_OOB);
    mark();
    SHOW(send(a, "", 0, MSG_OOB));
    SHOW(ioctl(b, SIOCATMARK, BAD));

    puts("taken out of band");
    SHOW(send(a, "hello!", 6, MSG_OOB));
    pri();
    get(MSG_OOB | MSG_PEEK);
    get(MSG_OOB);
    get(MSG_OOB);
    SHOW(send(a, "world", 5, 0));
    mark();
    get(0);
    mark();
    get(0);
    end();

    puts("not taken: passed over");
    pair();
    send(a, "abc!", 4, MSG_OOB);
    send(a, "def", 3, 0);
    get(MSG_PEEK);
    get(0);
    mark();
    pri();
    get(0);
    get(MSG_OOB);
    pri();
    end();

    puts("in line");
    pair();
    int on = 1;
    setsockopt(b, SOL_SOCKET, SO_OOBINLINE, &on, sizeof on);
    send(a, "abc!", 4, MSG_OOB);
    send(a, "def", 3, 0);
    get(MSG_OOB);
    get(0);
    mark();
    get(0);
    end();

    puts("a second one");
    pair();
    send(a, "a1", 2, MSG_OOB);
    send(a, "b2", 2, MSG_OOB);
    send(a, "c", 1, 0);
    get(MSG_OOB);
    get(0);
    get(0);
    end();

    puts("SIGURG");
    pair();
    SHOW(fcntl(b, F_SETOWN, getpid()));
    send(a, "x", 1, 0);
    SHOW(urgent_signals);
    send(a, "y", 1, MSG_OOB);
    SHOW(urgent_signals);
    get(MSG_OOB);
    end();

    puts("other kinds");
    int p[2];
    socketpair(AF_UNIX, SOCK_DGRAM, 0, p);
    SHOW(send(p[0], "x", 1, MSG_OOB));
    SHOW(recv(p[0], text, 1, MSG_OOB | MSG_DONTWAIT));
    socketpair(AF_UNIX, SOCK_SEQPACKET, 0, p);
    SHOW(send(p[0], "x", 1, MSG_OOB));
    SHOW(recv(p[0], text, 1, MSG_OOB | MSG_DONTWAIT));
    return 0;
}
