// SPDX-License-Identifier: BSD-3-Clause
// AF_PACKET on the loopback interface: what passes, its address record, statistics.
#include <linux/if_packet.h>
#include <net/ethernet.h>

#include "inet.h"

static unsigned char b[2000];

int main(void) {
    int p = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_IP));
    if (p < 0) {
        SHOW(p);
        return 0;
    }
    struct sockaddr_ll l = {.sll_family = AF_PACKET,
                            .sll_protocol = htons(ETH_P_IP),
                            .sll_ifindex = 1},
                       from;
    SHOW(bind(p, TO(l)));
    int cooked = socket(AF_PACKET, SOCK_DGRAM, 0);
    SHOW(bind(cooked, TO(l)));
    int r = socket(AF_INET, SOCK_DGRAM, 0), s = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in a = v4("127.0.0.55", 0);
    bind(r, TO(a));
    a.sin_port = htons(port_of(r));
    SHOW(sendto(s, "tapped", 6, 0, TO(a)));
    // Others may use the loopback at the same time: look for ours.
    unsigned char* ip = b + 14;
    long got = -1;
    socklen_t n = sizeof from;
    while ((got = recvfrom(p, b, sizeof b, MSG_DONTWAIT, (struct sockaddr*)&from, &n)) > 0)
        if (ip[16] == 127 && ip[19] == 55)
            break;
    SHOW(got);
    printf("%.6s\n", (char*)ip + 28);
    printf("family %d protocol %#x lo %d hatype %d kind %d halen %d\n", from.sll_family,
           ntohs(from.sll_protocol), from.sll_ifindex == 1, from.sll_hatype, from.sll_pkttype,
           from.sll_halen);
    while ((got = recv(cooked, b, sizeof b, MSG_DONTWAIT)) > 0)
        if (b[16] == 127 && b[19] == 55)
            break;
    SHOW(got);
    struct tpacket_stats t;
    n = sizeof t;
    SHOW(getsockopt(p, SOL_PACKET, PACKET_STATISTICS, &t, &n));
    HOLDS(t.tp_packets >= 1 && t.tp_drops == 0);
    int version = 1;
    n = sizeof version;
    SHOW(getsockopt(p, SOL_PACKET, PACKET_HDRLEN, &version, &n));
    SHOW(version);
    l.sll_ifindex = 9999;
    SHOW(bind(p, TO(l)));
    SHOW(sendto(p, b, 14, 0, TO(l)));
    return 0;
}
