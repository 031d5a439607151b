// SPDX-License-Identifier: BSD-3-Clause
#include <net/reassembly.hh>
#include <random>
#include <vector>

#include "wire.hh"

namespace {
using namespace test;

class reassembly : public network {
protected:
    reassembler r_{{statistic::ip_reassembly_timeouts, statistic::ip_reassembly_required,
                    statistic::ip_reassembled, statistic::ip_reassembly_failures}};

    packet_ptr add(u32 offset, const std::string& text, bool last, u32 id = 1,
                   ip_address from = peer_ip) {
        auto f = memory::allocate_frames();
        auto* at = static_cast<char*>(memory::data_of(*f));
        const frame_text whole = ipv4(from, our_ip, {.protocol = 253}, text);
        std::memcpy(at, whole.data(), whole.size());
        packet_ptr p = packet::over(*f, 0, static_cast<u32>(whole.size()), 0);
        p->device = &card();
        p->source = from;
        p->destination = our_ip;
        p->protocol = 253;
        p->pull(sizeof(ipv4_header));
        reassembler::fragment_place place{from, our_ip, id, 253, offset, last};
        return r_.add(place, std::move(p));
    }
    static std::string text_of(const packet_ptr& p) {
        std::string text(p ? p->bytes() : 0, '\0');
        EXPECT_TRUE(!p || p->copy_out(0, text.data(), text.size()));
        return text;
    }
    void TearDown() override {
        advance(duration::seconds(31));
        EXPECT_EQ(r_.memory(), 0u);
        network::TearDown();
    }
};

TEST_F(reassembly, any_order) {
    std::mt19937 random{5};
    for (int round = 0; round < 200; ++round) {
        const usize bytes = 1 + random() % 40000;
        std::string text(bytes, '\0');
        for (auto& c : text)
            c = static_cast<char>(random());
        std::vector<std::pair<u32, u32>> pieces;
        for (u32 at = 0; at < bytes;) {
            const u32 n = std::min<u32>(static_cast<u32>(bytes) - at, 8 * (25 + random() % 150));
            pieces.emplace_back(at, n);
            at += n;
        }
        std::shuffle(pieces.begin(), pieces.end(), random);
        packet_ptr whole;
        for (usize i = 0; i < pieces.size(); ++i) {
            EXPECT_FALSE(whole);
            const auto [at, n] = pieces[i];
            whole = add(at, text.substr(at, n), at + n == bytes, static_cast<u32>(round));
            if (i % 3 == 0 && !whole) {  // duplicates do no harm
                EXPECT_FALSE(add(at, text.substr(at, n), at + n == bytes, static_cast<u32>(round)));
            }
        }
        ASSERT_TRUE(whole);
        EXPECT_EQ(text_of(whole), text);
        EXPECT_EQ(whole->source, peer_ip);
        EXPECT_EQ(whole->network_header, sizeof(ipv4_header));
        EXPECT_EQ(r_.memory(), 0u);
    }
}

TEST_F(reassembly, overlaps_spoil_the_datagram) {
    const std::string eight = "12345678", sixteen = eight + eight;
    for (const auto& [offset, text] :
         std::vector<std::pair<u32, std::string>>{{8, eight}, {0, eight}, {0, sixteen + eight}}) {
        EXPECT_FALSE(add(0, sixteen, false));
        EXPECT_FALSE(add(offset, text, false));
        EXPECT_EQ(r_.memory(), 0u);
    }
    EXPECT_FALSE(add(16, eight, true));
    EXPECT_FALSE(add(16, sixteen, true)) << "two ends";
    EXPECT_FALSE(add(16, eight, true));
    EXPECT_FALSE(add(24, eight, false)) << "behind the end";
    EXPECT_FALSE(add(24, eight, false));
    EXPECT_FALSE(add(8, eight, true)) << "an end before what came";
    EXPECT_EQ(r_.memory(), 0u);
}

TEST_F(reassembly, odd_lengths_and_ends_are_refused) {
    EXPECT_FALSE(add(0, "1234567", false));
    EXPECT_FALSE(add(0, "", true));
    EXPECT_FALSE(add(65528, "12345678", true)) << "65536 bytes in all";
    EXPECT_EQ(r_.memory(), 0u);
    EXPECT_TRUE(add(0, "1234567", true)) << "one piece that is all";
}

TEST_F(reassembly, memory_is_bounded) {
    for (u32 id = 0; id < 3000; ++id)
        EXPECT_FALSE(add(8, "12345678", true, id));
    EXPECT_LE(r_.memory(), reassembler::most_memory);
    EXPECT_TRUE(add(0, "12345678", false, 2999)) << "the newest are kept";
    EXPECT_FALSE(add(0, "12345678", false, 0));
    for (u32 i = 0; i < 400; ++i)
        EXPECT_FALSE(add(16 * i, "12345678", false, 5000));
    EXPECT_LE(r_.memory(), reassembler::most_memory);
}

TEST_F(reassembly, gives_up_after_half_a_minute) {
    EXPECT_FALSE(add(0, "12345678", false, 1));
    EXPECT_FALSE(add(8, "12345678", true, 2));
    advance(duration::seconds(29));
    EXPECT_NE(r_.memory(), 0u);
    EXPECT_TRUE(card().sent.empty());
    advance(duration::seconds(2));
    EXPECT_EQ(r_.memory(), 0u);
    ASSERT_EQ(card().sent.size(), 1u) << "only who sent the first fragment is told";
    EXPECT_EQ(payload_of(card().sent[0])[0], icmp_time_exceeded);
    EXPECT_FALSE(add(8, "12345678", true, 1)) << "too late";
}

}  // namespace
