// SPDX-License-Identifier: BSD-3-Clause
#include <map>
#include <net/aggregator.hh>
#include <net/output.hh>
#include <net/protocol.hh>
#include <random>

#include "wire.hh"

namespace {
using namespace test;

constexpr u8 ack = 0x10, push = 0x08, fin = 0x01;

struct tcp_segment {
    u16 source = 1000;
    u32 sequence = 1;
    u8 flags = ack;
    u32 acknowledged = 77;
    std::string payload;
    std::string options = std::string("\x01\x01\x08\x0a\0\0\0\1\0\0\0\2", 12);
};

frame_text text_of(const tcp_segment& s) {
    frame_text tcp;
    const auto put = [&](auto value) {
        value = big_endian(value);
        tcp += bytes_of(&value, sizeof value);
    };
    put(s.source);
    put(u16{80});
    put(s.sequence);
    put(s.acknowledged);
    put(static_cast<u16>((20 + s.options.size()) / 4 << 12 | s.flags));
    put(u16{5000});
    put(u32{0});
    return from_peer(ipv4(peer_ip, our_ip,
                          {.protocol = protocol_tcp, .fragment = ipv4_dont_fragment},
                          tcp + s.options + s.payload));
}

class aggregation : public network {
protected:
    static recorder& tcp() {
        static recorder* const r = [] {
            auto* made = new recorder;
            register_protocol(protocol_tcp, *made);
            return made;
        }();
        return *r;
    }
    void SetUp() override {
        network::SetUp();
        tcp().got.clear();
    }
    void TearDown() override {
        tcp().got.clear();
        tcp().last.reset();
        network::TearDown();
    }
    void deliver(const tcp_segment& s, checksum_state check = checksum_state::verified) {
        const frame_text text = text_of(s);
        auto f = memory::allocate_frames();
        std::memcpy(static_cast<char*>(memory::data_of(*f)) + 12, text.data(), text.size());
        packet_ptr p = packet::over(*f, 12, static_cast<u32>(text.size()), 12);
        p->check = check;
        joined_.receive(card(), std::move(p));
    }
    static std::string payload(usize i) { return tcp().got.at(i).substr(32); }
    aggregator joined_;
};

TEST_F(aggregation, joins_a_row) {
    tcp();
    for (u32 i = 0; i < 10; ++i)
        deliver(
            {.sequence = 1 + 1000 * i, .payload = std::string(1000, static_cast<char>('a' + i))});
    EXPECT_EQ(tcp().got.size(), 0u);
    joined_.flush(card());
    ASSERT_EQ(tcp().got.size(), 1u);
    EXPECT_EQ(payload(0).size(), 10000u);
    for (usize i = 0; i < 10; ++i)
        EXPECT_EQ(payload(0)[1000 * i + 500], static_cast<char>('a' + i));
    const packet& p = *tcp().last;
    EXPECT_EQ(p.gso, gso_kind::tcp4);
    EXPECT_EQ(p.gso_bytes, 1000);
    EXPECT_EQ(p.gso_segments, 10);
    EXPECT_EQ(p.check, checksum_state::verified);
}

TEST_F(aggregation, ends_with_a_push_or_a_short_one) {
    tcp();
    deliver({.sequence = 1, .payload = std::string(100, 'a')});
    deliver({.sequence = 101, .flags = ack | push, .payload = std::string(100, 'b')});
    ASSERT_EQ(tcp().got.size(), 1u);
    EXPECT_EQ(tcp().got[0][13], ack | push);
    deliver({.sequence = 201, .payload = std::string(100, 'c')});
    deliver({.sequence = 301, .payload = std::string(50, 'd')});
    ASSERT_EQ(tcp().got.size(), 2u);
    EXPECT_EQ(payload(1).size(), 150u);
}

TEST_F(aggregation, leaves_apart_what_differs) {
    tcp();
    const tcp_segment first{.sequence = 1, .payload = std::string(100, 'a')};
    const tcp_segment next{.sequence = 101, .payload = std::string(100, 'b')};
    auto alone = [&](tcp_segment second, checksum_state check = checksum_state::verified) {
        tcp().got.clear();
        deliver(first);
        deliver(second, check);
        joined_.flush(card());
        return tcp().got.size() == 2 && payload(0) == first.payload;
    };
    EXPECT_FALSE(alone(next));
    auto changed = next;
    changed.sequence = 102;
    EXPECT_TRUE(alone(changed)) << "a hole";
    changed = next;
    changed.acknowledged = 78;
    EXPECT_TRUE(alone(changed));
    changed = next;
    changed.flags = ack | fin;
    EXPECT_TRUE(alone(changed));
    changed = next;
    changed.options[11] = 3;
    EXPECT_TRUE(alone(changed)) << "another time stamp";
    changed = next;
    changed.payload += "longer";
    EXPECT_TRUE(alone(changed));
    changed = next;
    changed.payload.clear();
    EXPECT_TRUE(alone(changed));
    changed = next;
    changed.source = 1001;
    EXPECT_TRUE(alone(changed)) << "another flow";
    EXPECT_TRUE(alone(next, checksum_state::none)) << "not verified";
}

TEST_F(aggregation, keeps_every_flow_in_order) {
    tcp();
    std::mt19937 random{3};
    std::map<u16, std::string> sent, got;
    std::map<u16, u32> sequence;
    for (int i = 0; i < 20000; ++i) {
        tcp_segment s;
        s.source = static_cast<u16>(random() % 12);
        s.sequence = sequence[s.source];
        s.payload = std::string(random() % 4 ? 1000 : random() % 1000, static_cast<char>(random()));
        if (random() % 10 == 0)
            s.flags |= push;
        sequence[s.source] += static_cast<u32>(s.payload.size());
        sent[s.source] += s.payload;
        deliver(s, random() % 50 ? checksum_state::verified : checksum_state::none);
        if (random() % 30 == 0)
            joined_.flush(card());
        while (!tcp().got.empty()) {
            const frame_text f = tcp().got.front();
            tcp().got.pop_front();
            const u16 source = load_big<u16>(f.data());
            ASSERT_EQ(load_big<u32>(f.data() + 4), got[source].size());
            got[source] += f.substr(32);
        }
    }
    joined_.flush(card());
    for (const auto& f : tcp().got)
        got[load_big<u16>(f.data())] += f.substr(32);
    EXPECT_EQ(got, sent);
}

}  // namespace
