// SPDX-License-Identifier: BSD-3-Clause
// PACKET_RX_RING version 3 (packet(7)) on the loopback: datagrams packed into blocks.
#include <inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sys/mman.h>

enum { block_bytes = 1 << 16, blocks = 4, wanted = 40 };

static char data[1400];

int main(void) {
    int s = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_IP)), three = TPACKET_V3, two = TPACKET_V2;
    socklen_t n = sizeof three;
    SHOW(setsockopt(s, SOL_PACKET, PACKET_VERSION, &(int){7}, sizeof(int)));
    SHOW(getsockopt(s, SOL_PACKET, PACKET_HDRLEN, &three, &n));
    SHOW(three);
    three = TPACKET_V3;
    SHOW(setsockopt(s, SOL_PACKET, PACKET_VERSION, &three, sizeof three));
    struct tpacket_req3 r = {.tp_block_size = block_bytes,
                             .tp_block_nr = blocks,
                             .tp_frame_size = 2048,
                             .tp_frame_nr = blocks * (block_bytes / 2048),
                             .tp_retire_blk_tov = 20,
                             .tp_sizeof_priv = 16};
    SHOW(setsockopt(s, SOL_PACKET, PACKET_RX_RING, &r, sizeof(struct tpacket_req)));
    ++r.tp_frame_nr;
    SHOW(setsockopt(s, SOL_PACKET, PACKET_RX_RING, &r, sizeof r));
    --r.tp_frame_nr;
    SHOW(setsockopt(s, SOL_PACKET, PACKET_RX_RING, &r, sizeof r));
    SHOW(setsockopt(s, SOL_PACKET, PACKET_VERSION, &two, sizeof two));
    char* ring = mmap(NULL, block_bytes * blocks, PROT_READ | PROT_WRITE, MAP_SHARED, s, 0);
    HOLDS(ring != MAP_FAILED);
    struct sockaddr_ll l = {.sll_family = AF_PACKET,
                            .sll_protocol = htons(ETH_P_IP),
                            .sll_ifindex = (int)if_nametoindex("lo")};
    SHOW(bind(s, TO(l)));
    int u = socket(AF_INET, SOCK_DGRAM, 0), v = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in a = v4("127.0.0.1", 0);
    bind(u, TO(a));
    a.sin_port = htons(port_of(u));
    for (int i = 0; i < wanted; ++i) {
        memset(data, 'a' + i % 26, sizeof data);
        sendto(v, data, i == 0 ? 10 : sizeof data, 0, TO(a));
    }
    int seen = 0, right = 1, block = 0, blocks_seen = 0, sequence_right = 1;
    unsigned long long sequence = 0;
    while (seen < wanted) {
        struct tpacket_block_desc* d = (void*)(ring + block * block_bytes);
        struct pollfd p = {s, POLLIN, 0};
        while (!(*(volatile unsigned*)&d->hdr.bh1.block_status & TP_STATUS_USER))
            if (poll(&p, 1, 5000) == 0) {
                puts("nothing came");
                return 1;
            }
        ++blocks_seen;
        sequence_right &= d->hdr.bh1.seq_num > sequence && d->version == TPACKET_V3;
        sequence = d->hdr.bh1.seq_num;
        struct tpacket3_hdr* h = (void*)((char*)d + d->hdr.bh1.offset_to_first_pkt);
        for (unsigned i = 0; i < d->hdr.bh1.num_pkts; ++i) {
            struct sockaddr_ll* from = (void*)((char*)h + TPACKET_ALIGN(sizeof *h));
            unsigned char* ip = (unsigned char*)h + h->tp_net;
            int port = ip[22] << 8 | ip[23];
            if (ip[9] == IPPROTO_UDP && port == ntohs(a.sin_port)) {
                unsigned size = seen == 0 ? 10 : sizeof data;
                right &= h->tp_len == 14 + 28 + size && h->tp_snaplen == h->tp_len;
                right &= h->tp_net - h->tp_mac == 14 && h->tp_net % 16 == 0 && h->tp_sec > 1000000;
                right &=
                    from->sll_ifindex == l.sll_ifindex && from->sll_protocol == htons(ETH_P_IP);
                right &= ip[28] == 'a' + seen % 26 && ip[28 + size - 1] == 'a' + seen % 26;
                ++seen;
            }
            if (i + 1 == d->hdr.bh1.num_pkts)
                right &= h->tp_next_offset == 0;
            h = (void*)((char*)h + h->tp_next_offset);
        }
        __atomic_store_n(&d->hdr.bh1.block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
        block = (block + 1) % blocks;
    }
    SHOW(seen);
    HOLDS(right);
    HOLDS(sequence_right);
    HOLDS(blocks_seen >= 1);
    struct tpacket_stats_v3 stats;
    n = sizeof stats;
    SHOW(getsockopt(s, SOL_PACKET, PACKET_STATISTICS, &stats, &n));
    SHOW(n);
    HOLDS(stats.tp_packets >= wanted);
    SHOW(stats.tp_drops);
    FILE* packets = fopen("/proc/net/packet", "r");
    char line[200] = "";
    fgets(line, sizeof line, packets);
    fputs(line, stdout);
    int there = 0;
    struct stat st;
    fstat(s, &st);
    while (fgets(line, sizeof line, packets)) {
        unsigned long inode = 0;
        unsigned type = 0, proto = 0, device = 0, running = 0;
        sscanf(line, "%*s %*u %u %x %u %u %*u %*u %lu", &type, &proto, &device, &running, &inode);
        if (inode == st.st_ino)
            there =
                type == SOCK_RAW && proto == ETH_P_IP && device == if_nametoindex("lo") && running;
    }
    HOLDS(there);
    return 0;
}
