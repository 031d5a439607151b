/* SPDX-License-Identifier: BSD-3-Clause
 * TCP over the loopback on one CPU. A round trip is one byte there and back between two threads
 * that wait for each other; `alone` is the same by one thread, which never waits. */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "measure.h"

static int listener, ends[2];
static struct sockaddr_in name;

static int connected(void) {
    int one = 1, s = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(s >= 0 && connect(s, (struct sockaddr*)&name, sizeof name) == 0);
    CHECK(setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) == 0);
    return s;
}

static void connect_ends(void) {
    int one = 1;
    socklen_t n = sizeof name;
    listener = socket(AF_INET, SOCK_STREAM, 0);
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(listener >= 0 && bind(listener, (struct sockaddr*)&name, sizeof name) == 0);
    CHECK(listen(listener, 16) == 0);
    CHECK(getsockname(listener, (struct sockaddr*)&name, &n) == 0);
    ends[0] = connected();
    ends[1] = accept(listener, NULL, NULL);
    CHECK(ends[1] >= 0);
    CHECK(setsockopt(ends[1], IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) == 0);
}

static void alone(long n) {
    char c = 'x';
    while (n-- > 0) {
        CHECK(send(ends[0], &c, 1, 0) == 1);
        CHECK(recv(ends[1], &c, 1, 0) == 1);
        CHECK(send(ends[1], &c, 1, 0) == 1);
        CHECK(recv(ends[0], &c, 1, 0) == 1);
    }
}

static void* answer(void* count) {
    char c;
    stay_on_other();
    for (long n = *(long*)count; n-- > 0;) {
        CHECK(recv(ends[1], &c, 1, 0) == 1);
        CHECK(send(ends[1], &c, 1, 0) == 1);
    }
    return NULL;
}

static void two_threads(long n) {
    char c = 'x';
    long count = n;
    pthread_t other = start(answer, &count);
    while (n-- > 0) {
        CHECK(send(ends[0], &c, 1, 0) == 1);
        CHECK(recv(ends[0], &c, 1, 0) == 1);
    }
    pthread_join(other, NULL);
}

static void connections(long n) {
    while (n-- > 0) {
        int s = connected(), peer = accept(listener, NULL, NULL);
        CHECK(peer >= 0 && close(s) == 0 && close(peer) == 0);
    }
}

int main(void) {
    stay_on(0);
    connect_ends();
    measure("tcp_loopback_alone", 5000, alone);
    measure("tcp_loopback_roundtrip", 5000, two_threads);
    measure("tcp_connect_close", 500, connections);
    return 0;
}
