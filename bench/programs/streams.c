/* SPDX-License-Identifier: BSD-3-Clause
 * TCP over the loopback on one CPU. A round trip is one byte there and back between two threads
 * that wait for each other; `alone` is the same by one thread, which never waits. */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "measure.h"
#include "round_trips.h"

static int listener;
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
