/* SPDX-License-Identifier: BSD-3-Clause
 * Datagrams over the loopback, one byte each, on one CPU. A round trip is two sends and two
 * receipts: of one thread, which never waits, and of two threads that wait for each other. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "measure.h"
#include "round_trips.h"

static struct sockaddr_in names[2];

static void connect_ends(void) {
    for (int i = 0; i < 2; i++) {
        socklen_t n = sizeof names[i];
        ends[i] = socket(AF_INET, SOCK_DGRAM, 0);
        names[i].sin_family = AF_INET;
        names[i].sin_port = 0;
        names[i].sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        CHECK(ends[i] >= 0 && bind(ends[i], (struct sockaddr*)&names[i], sizeof names[i]) == 0);
        CHECK(getsockname(ends[i], (struct sockaddr*)&names[i], &n) == 0);
    }
    for (int i = 0; i < 2; i++)
        CHECK(connect(ends[i], (struct sockaddr*)&names[!i], sizeof names[i]) == 0);
}

int main(void) {
    stay_on(0);
    connect_ends();
    measure("udp_loopback_alone", 5000, alone);
    measure("udp_loopback_roundtrip", 5000, two_threads);
    return 0;
}
