// SPDX-License-Identifier: BSD-3-Clause
#include <net/output.hh>
#include <net/protocol.hh>

#include "wire.hh"

namespace {
using namespace test;

struct tcp_fields {
    be16 source, destination;
    be32 sequence, acknowledgement;
    u8 offset, flags;
    be16 window;
    u16 check;
    be16 urgent;
};

/// A packet of `bytes` payload, at the transport header, with the folded pseudo-header in place.
packet_ptr large(gso_kind kind, u32 bytes, u16 segment) {
    packet_ptr p = packet::make();
    const bool udp = kind == gso_kind::udp;
    const u32 header = udp ? 8 : 32;
    u8* h = p->append(header);
    std::memset(h, 0, header);
    checksum pseudo;
    pseudo.add_pseudo_header(our_ip, peer_ip, udp ? protocol_udp : protocol_tcp, header + bytes);
    if (udp) {
        store_big(h, u16{1000});
        store_big(h + 4, static_cast<u16>(header + bytes));
    } else {
        auto* t = reinterpret_cast<tcp_fields*>(h);
        t->sequence = 0xfffff000;
        t->offset = 0x80;
        t->flags = 0x99;  // CWR, ACK, PSH, FIN
    }
    p->checksum_offset = udp ? 6 : 16;
    const u16 field = pseudo.folded();
    std::memcpy(h + p->checksum_offset, &field, 2);
    for (u32 at = 0; at < bytes; at += page_size) {
        auto f = memory::allocate_frames();
        auto* data = static_cast<u8*>(memory::data_of(*f));
        for (u32 i = 0; i < page_size; ++i)
            data[i] = static_cast<u8>((at + i) * 7 + (at + i) / 251);
        EXPECT_TRUE(p->append(fragment{*f, 0, std::min<u32>(page_size, bytes - at)}));
    }
    p->check = checksum_state::partial;
    p->gso = kind;
    p->gso_bytes = segment;
    return p;
}

class segmentation : public network {
protected:
    static void expect_right_checksum(const frame_text& f, u8 protocol) {
        const frame_text transport = payload_of(f);
        checksum sum;
        sum.add_pseudo_header(our_ip, peer_ip, protocol, static_cast<u32>(transport.size()));
        sum.add(transport.data(), transport.size());
        EXPECT_TRUE(sum.correct());
    }
    static void send(packet_ptr p, u8 protocol) {
        auto way = find_route({peer_ip, {}, 0});
        ASSERT_TRUE(way);
        ASSERT_TRUE(send_ip(**way, our_ip, protocol, std::move(p)));
    }
};

TEST_F(segmentation, of_tcp) {
    for (const u32 bytes : {1u, 1460u, 1461u, 14600u, 60000u}) {
        card().sent.clear();
        send(large(gso_kind::tcp4, bytes, 1460), protocol_tcp);
        ASSERT_EQ(card().sent.size(), (bytes + 1459) / 1460);
        u32 at = 0, number = 0;
        for (const auto& f : card().sent) {
            const ipv4_header ip = ip_of(f);
            EXPECT_EQ(ip.protocol, protocol_tcp);
            tcp_fields t;
            std::memcpy(&t, payload_of(f).data(), sizeof t);
            EXPECT_EQ(t.sequence, 0xfffff000 + at);
            const u32 here = ip.total_bytes - 52u;
            const bool last = at + here == bytes, first = at == 0;
            EXPECT_EQ(t.flags, 0x10 | (last ? 0x09 : 0) | (first ? 0x80 : 0));
            expect_right_checksum(f, protocol_tcp);
            for (u32 i = 0; i < here; i += 97)
                ASSERT_EQ(static_cast<u8>(payload_of(f)[32 + i]),
                          static_cast<u8>((at + i) * 7 + (at + i) / 251));
            at += here;
            EXPECT_EQ(ip.id, number++);
        }
        EXPECT_EQ(at, bytes);
    }
}

TEST_F(segmentation, of_udp) {
    send(large(gso_kind::udp, 3000, 1000), protocol_udp);
    ASSERT_EQ(card().sent.size(), 3u);
    for (const auto& f : card().sent) {
        EXPECT_EQ(load_big<u16>(payload_of(f).data() + 4), 1008);
        expect_right_checksum(f, protocol_udp);
    }
}

TEST_F(segmentation, checksums_alone) {
    packet_ptr p = large(gso_kind::tcp4, 700, 1460);
    p->gso = gso_kind::none;
    send(std::move(p), protocol_tcp);
    expect_right_checksum(card().take(), protocol_tcp);
    EXPECT_EQ(card().last_check, checksum_state::none);
}

TEST_F(segmentation, of_nonsense_gives_nothing) {
    packet_ptr p = large(gso_kind::tcp4, 3000, 0);
    send(std::move(p), protocol_tcp);
    p = large(gso_kind::tcp4, 3000, 1000);
    p->data()[12] = 0xf0;  // a header longer than what is contiguous
    send(std::move(p), protocol_tcp);
    EXPECT_TRUE(card().sent.empty());
}

}  // namespace
