// SPDX-License-Identifier: BSD-3-Clause
// Neighbours by ARP: questions, answers, time.
#include "wire.hh"

namespace {
using namespace test;

constexpr ip_address friend_ip = ip_address::v4(0x0a000007);
constexpr mac_address friend_mac{{2, 0, 0, 0, 0, 7}}, moved_mac{{2, 0, 0, 0, 0, 8}};
constexpr u8 experimental = 254;

frame_text arp(u16 operation, mac_address sender_mac, ip_address sender, mac_address target_mac,
               ip_address target) {
    frame_text text("\x00\x01\x08\x00\x06\x04", 6);
    const auto put = [&](auto value) {
        text += bytes_of(&value, sizeof value);
    };
    put(big_endian(operation));
    put(sender_mac);
    put(big_endian(sender.v4()));
    put(target_mac);
    put(big_endian(target.v4()));
    return text;
}
frame_text reply(mac_address mac = friend_mac) {
    return ethernet(our_mac, mac, ether_arp, arp(2, mac, friend_ip, our_mac, our_ip));
}
bool is_request(const frame_text& f, mac_address to = mac_address::broadcast()) {
    return f == ethernet(to, our_mac, ether_arp, arp(1, our_mac, our_ip, {}, friend_ip));
}

class neighbours : public network {
protected:
    void TearDown() override {
        errors_.errors.clear();
        (void)remove_neighbour(card(), friend_ip);
        network::TearDown();
    }
    void send(const char* text = "data") {
        packet_ptr p = packet::make();
        p->append("12345678", 8);
        p->append(text, std::strlen(text));
        auto way = find_route({friend_ip, {}, 0});
        ASSERT_TRUE(way);
        ASSERT_TRUE(send_ip(**way, our_ip, experimental, std::move(p)));
    }
    static neighbour_entry entry() {
        auto all = list_neighbours();
        for (const auto& n : *all)
            if (n.address == friend_ip)
                return n;
        return {};
    }
    static recorder& recorder_of_errors() {
        static recorder* const r = [] {
            auto* made = new recorder;
            register_protocol(experimental, *made);
            return made;
        }();
        return *r;
    }
    recorder& errors_ = recorder_of_errors();
};

TEST_F(neighbours, packets_wait_for_the_answer) {
    send("one");
    send("two");
    ASSERT_EQ(card().sent.size(), 1u);
    EXPECT_TRUE(is_request(card().take()));
    EXPECT_EQ(entry().state, neighbour_state::incomplete);
    card().deliver(reply());
    EXPECT_EQ(entry().state, neighbour_state::reachable);
    ASSERT_EQ(card().sent.size(), 2u);
    EXPECT_EQ(card().sent[0].substr(0, 6), bytes_of(&friend_mac, 6));
    EXPECT_EQ(payload_of(card().sent[0]), "12345678one");
    EXPECT_EQ(payload_of(card().sent[1]), "12345678two");
    card().sent.clear();
    send("three");
    EXPECT_EQ(card().sent.size(), 1u);
}

TEST_F(neighbours, silence_is_an_error_after_three_questions) {
    send();
    advance(duration::seconds(10));
    EXPECT_EQ(card().sent.size(), 3u);
    for (const auto& f : card().sent)
        EXPECT_TRUE(is_request(f));
    EXPECT_EQ(entry().state, neighbour_state::failed);
    ASSERT_EQ(errors_.errors.size(), 1u);
    EXPECT_EQ(errors_.errors[0].what, icmp_error::kind::unreachable);
    EXPECT_EQ(errors_.errors[0].destination, friend_ip);
    EXPECT_EQ(errors_.quoted, "12345678");
    card().sent.clear();
    send();
    EXPECT_EQ(card().sent.size(), 1u) << "the next packet asks again";
}

TEST_F(neighbours, grow_stale_and_are_probed_when_used) {
    send();
    card().deliver(reply());
    card().sent.clear();
    advance(duration::seconds(46));
    EXPECT_EQ(entry().state, neighbour_state::stale);
    send();
    EXPECT_EQ(card().sent.size(), 1u) << "stale ones are used at once";
    EXPECT_EQ(entry().state, neighbour_state::delay);
    card().sent.clear();
    advance(duration::milliseconds(5100));
    EXPECT_EQ(entry().state, neighbour_state::probe);
    ASSERT_EQ(card().sent.size(), 1u);
    EXPECT_TRUE(is_request(card().take(), friend_mac)) << "asked directly";
    card().deliver(reply());
    EXPECT_EQ(entry().state, neighbour_state::reachable);
    advance(duration::seconds(46));
    send();
    advance(duration::seconds(30));
    EXPECT_EQ(entry().state, neighbour_state::failed);
}

TEST_F(neighbours, progress_above_keeps_them_reachable) {
    send();
    card().deliver(reply());
    auto way = find_route({friend_ip, {}, 0});
    for (int i = 0; i < 20; ++i) {
        confirm_neighbour(**way);
        advance(duration::seconds(5));
    }
    EXPECT_EQ(entry().state, neighbour_state::reachable);
    card().sent.clear();
    advance(duration::seconds(100));
    EXPECT_EQ(entry().state, neighbour_state::stale);
    send();
    confirm_neighbour(**way);
    advance(duration::seconds(6));
    EXPECT_EQ(entry().state, neighbour_state::reachable) << "without a question";
}

TEST_F(neighbours, requests_are_answered_and_teach) {
    card().deliver(ethernet(mac_address::broadcast(), friend_mac, ether_arp,
                            arp(1, friend_mac, friend_ip, {}, our_ip)));
    EXPECT_EQ(card().take(), ethernet(friend_mac, our_mac, ether_arp,
                                      arp(2, our_mac, our_ip, friend_mac, friend_ip)));
    EXPECT_EQ(entry().state, neighbour_state::stale);
    EXPECT_EQ(entry().mac, friend_mac);
    card().deliver(ethernet(mac_address::broadcast(), friend_mac, ether_arp,
                            arp(1, friend_mac, ip_address::v4_any(), {}, our_ip)));
    EXPECT_EQ(card().sent.size(), 1u) << "a probe of RFC 5227 is answered, too";
}

TEST_F(neighbours, others_talk_teaches_nobody_new) {
    card().deliver(ethernet(mac_address::broadcast(), friend_mac, ether_arp,
                            arp(1, friend_mac, friend_ip, {}, peer_ip)));
    EXPECT_TRUE(card().sent.empty());
    EXPECT_EQ(entry().state, neighbour_state::none);
    card().deliver(ethernet(mac_address::broadcast(), friend_mac, ether_arp,
                            arp(2, friend_mac, friend_ip, friend_mac, friend_ip)));
    EXPECT_EQ(entry().state, neighbour_state::none);
}

TEST_F(neighbours, announcements_move_them) {
    send();
    card().deliver(reply());
    card().deliver(ethernet(mac_address::broadcast(), moved_mac, ether_arp,
                            arp(1, moved_mac, friend_ip, {}, friend_ip)));
    EXPECT_EQ(entry().mac, moved_mac);
    EXPECT_EQ(entry().state, neighbour_state::stale);
    card().sent.clear();
    send();
    EXPECT_EQ(card().take().substr(0, 6), bytes_of(&moved_mac, 6));
}

TEST_F(neighbours, malformed_messages_are_ignored) {
    const frame_text good = arp(1, friend_mac, friend_ip, {}, our_ip);
    for (usize cut = 0; cut < good.size(); ++cut)
        card().deliver(ethernet(our_mac, friend_mac, ether_arp, good.substr(0, cut)));
    card().deliver(ethernet(our_mac, friend_mac, ether_arp,
                            arp(1, mac_address::broadcast(), friend_ip, {}, our_ip)));
    card().deliver(
        ethernet(our_mac, friend_mac, ether_arp, arp(1, friend_mac, our_ip, {}, our_ip)));
    EXPECT_TRUE(card().sent.empty());
    EXPECT_EQ(entry().state, neighbour_state::none);
}

TEST_F(neighbours, few_packets_wait) {
    for (int i = 0; i < 300; ++i)
        send();
    card().deliver(reply());
    EXPECT_EQ(card().sent.size(), 1u + 101u);
}

TEST_F(neighbours, the_cache_is_bounded) {
    for (u32 i = 0; i < 3000; ++i)
        card().deliver(ethernet(our_mac, friend_mac, ether_arp,
                                arp(1, friend_mac, ip_address::v4(0x0a010000 + i), {}, our_ip)));
    EXPECT_LE(list_neighbours()->size(), 1024u);
    advance(duration::seconds(61));
    EXPECT_TRUE(find_neighbour(card(), friend_ip)) << "idle ones make room";
    forget_neighbours(card());
    EXPECT_EQ(list_neighbours()->size(), 0u);
}

}  // namespace
