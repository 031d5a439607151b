// SPDX-License-Identifier: BSD-3-Clause
// IPv4 and ICMP, from frame to frame.
#include "wire.hh"

namespace {
using namespace test;

constexpr u8 experimental = 253;  // RFC 3692: for tests

recorder& protocol_under_test() {
    static recorder* const r = [] {
        auto* made = new recorder;
        register_protocol(experimental, *made);
        return made;
    }();
    return *r;
}

class ip : public network {
protected:
    void SetUp() override {
        network::SetUp();
        protocol_under_test();
    }
    void TearDown() override {
        protocol_under_test().got.clear();
        protocol_under_test().errors.clear();
        protocol_under_test().last.reset();
        network::TearDown();
    }
    static usize arrived(const frame_text& frame) {
        protocol_under_test().got.clear();
        card().deliver(frame);
        return protocol_under_test().got.size();
    }
    static frame_text small(ipv4_fields f = {.protocol = experimental}, ip_address to = our_ip,
                            ip_address from = peer_ip) {
        return ipv4(from, to, f, "payload");
    }
    static packet_ptr of(const frame_text& text) {
        packet_ptr p = packet::make();
        for (usize at = 0; at < text.size(); at += page_size) {
            auto f = memory::allocate_frames();
            const usize n = std::min<usize>(page_size, text.size() - at);
            std::memcpy(memory::data_of(*f), text.data() + at, n);
            EXPECT_TRUE(p->append(fragment{*f, 0, static_cast<u32>(n)}));
        }
        return p;
    }
};

TEST_F(ip, takes_what_is_for_us) {
    EXPECT_EQ(arrived(from_peer(small()) + std::string(20, '\0')), 1u) << "padding is cut off";
    EXPECT_EQ(protocol_under_test().got.front(), "payload");
    const packet& p = *protocol_under_test().last;
    EXPECT_EQ(p.source, peer_ip);
    EXPECT_EQ(p.destination, our_ip);
    EXPECT_EQ(p.hop_limit, 64);
    EXPECT_EQ(p.network_header, 20);
    EXPECT_EQ(p.link_header, 34);
    EXPECT_EQ(p.device, &card());
    EXPECT_FALSE(p.link_broadcast);
}

TEST_F(ip, takes_broadcasts) {
    const auto frame = [](ip_address to) {
        return ethernet(mac_address::broadcast(), peer_mac, ether_ipv4,
                        small({.protocol = experimental}, to));
    };
    EXPECT_EQ(arrived(frame(ip_address::v4_broadcast())), 1u);
    EXPECT_EQ(arrived(frame(ip_address::v4(0x0a0000ff))), 1u);
    EXPECT_EQ(arrived(frame(ip_address::v4(0xe0000005))), 0u) << "nobody has joined";
}

TEST_F(ip, drops_what_is_wrong) {
    EXPECT_EQ(arrived(from_peer(small({.protocol = experimental}, far_ip))), 0u);
    EXPECT_EQ(
        arrived(from_peer(small({.protocol = experimental}, our_ip, ip_address::v4(0x7f000001)))),
        0u);
    EXPECT_EQ(
        arrived(from_peer(small({.protocol = experimental}, our_ip, ip_address::v4_broadcast()))),
        0u);
    EXPECT_EQ(arrived(from_peer(small({.protocol = experimental}, ip_address::v4(0x7f000001)))),
              0u);
    EXPECT_EQ(arrived(ethernet(peer_mac, our_mac, ether_ipv4, small())), 0u) << "another's frame";
    for (usize cut = 0; cut < small().size(); ++cut)
        EXPECT_EQ(arrived(from_peer(small().substr(0, cut))), 0u) << cut;
    for (usize byte = 0; byte < 20; ++byte) {
        frame_text bad = small();
        bad[byte] = static_cast<char>(bad[byte] ^ 0x04);
        EXPECT_EQ(arrived(from_peer(bad)), 0u) << "checksum, byte " << byte;
    }
}

TEST_F(ip, options) {
    const auto with = [](std::string options) {
        ipv4_fields f{.protocol = experimental};
        f.options = std::move(options);
        return from_peer(small(f));
    };
    using namespace std::string_literals;
    EXPECT_EQ(arrived(with("\x01\x01\x01\x00"s)), 1u);
    EXPECT_EQ(arrived(with("\x94\x04\x00\x00"s)), 1u) << "router alert";
    EXPECT_EQ(arrived(with("\x83\x03\x04\x00"s)), 0u) << "loose source route";
    EXPECT_EQ(arrived(with("\x89\x03\x04\x00"s)), 0u) << "strict source route";
    EXPECT_EQ(arrived(with("\x94\x05\x00\x00"s)), 0u) << "longer than the header";
    EXPECT_EQ(arrived(with("\x94\x01\x00\x00"s)), 0u) << "shorter than itself";
}

TEST_F(ip, unknown_protocols_are_answered) {
    card().deliver(from_peer(small({.protocol = 99})));
    const frame_text answer = card().take();
    ASSERT_EQ(ip_of(answer).protocol, protocol_icmp);
    EXPECT_EQ(payload_of(answer)[0], icmp_unreachable);
    EXPECT_EQ(payload_of(answer)[1], icmp_protocol_unreachable);
    EXPECT_EQ(payload_of(answer).substr(8), small({.protocol = 99})) << "quotes what came";
}

TEST_F(ip, errors_are_limited) {
    advance(duration::seconds(100));
    for (int i = 0; i < 20; ++i)
        card().deliver(from_peer(small({.protocol = 99})));
    EXPECT_EQ(card().sent.size(), 6u);
    advance(duration::seconds(2));
    card().deliver(from_peer(small({.protocol = 99})));
    EXPECT_EQ(card().sent.size(), 7u);
    card().sent.clear();
    advance(duration::seconds(10));
    card().deliver(
        ethernet(mac_address::broadcast(), peer_mac, ether_ipv4, small({.protocol = 99})));
    EXPECT_TRUE(card().sent.empty()) << "nothing about a broadcast";
}

TEST_F(ip, echo) {
    const frame_text body = "abcdefghijklmnopqrstuvwxyz0123456";
    card().deliver(from_peer(
        ipv4(peer_ip, our_ip, {.protocol = protocol_icmp}, icmp(icmp_echo, 0, 77, 3, body))));
    const frame_text answer = card().take();
    const ipv4_header h = ip_of(answer);
    EXPECT_EQ(h.source, our_ip.v4());
    EXPECT_EQ(h.destination, peer_ip.v4());
    EXPECT_EQ(payload_of(answer), icmp(icmp_echo_reply, 0, 77, 3, body));
    EXPECT_EQ(answer.substr(0, 6), bytes_of(&peer_mac, 6));
    frame_text wrong = icmp(icmp_echo, 0, 77, 3, body);
    wrong[10] ^= 1;
    card().deliver(from_peer(ipv4(peer_ip, our_ip, {.protocol = protocol_icmp}, wrong)));
    EXPECT_TRUE(card().sent.empty());
}

TEST_F(ip, loopback_comes_back) {
    auto way = find_route({our_ip, {}, 0});
    ASSERT_TRUE(way);
    ASSERT_TRUE(send_ip(**way, our_ip, experimental, of(std::string(60000, 'x'))));
    ASSERT_EQ(protocol_under_test().got.size(), 1u);
    EXPECT_EQ(protocol_under_test().got.front().size(), 60000u);
    EXPECT_TRUE(protocol_under_test().last->looped_back);
    EXPECT_TRUE(card().sent.empty());
}

TEST_F(ip, sends_with_header_and_link_address) {
    auto way = find_route({peer_ip, {}, 0});
    ASSERT_TRUE(send_ip(**way, our_ip, experimental, of("hello"), {.hop_limit = 9}));
    const frame_text frame = card().take();
    const ipv4_header h = ip_of(frame);
    EXPECT_EQ(h.time_to_live, 9);
    EXPECT_EQ(h.fragment, ipv4_dont_fragment);
    EXPECT_EQ(payload_of(frame), "hello");
}

TEST_F(ip, fragments_what_is_too_large) {
    std::string text;
    for (int i = 0; i < 9000; ++i)
        text += static_cast<char>('a' + i % 26);
    auto way = find_route({peer_ip, {}, 0});
    EXPECT_EQ(send_ip(**way, our_ip, experimental, of(text)).error(), errc::message_too_long);
    ip_options may{.dont_fragment = false};
    ASSERT_TRUE(send_ip(**way, our_ip, experimental, of(text), may));
    EXPECT_EQ(card().sent.size(), 7u);
    std::string together;
    for (const auto& f : card().sent) {
        const ipv4_header h = ip_of(f);
        EXPECT_LE(h.total_bytes, 1500);
        EXPECT_EQ((h.fragment & ipv4_offset_mask) * 8u, together.size());
        EXPECT_EQ(h.id, ip_of(card().sent.front()).id);
        together += payload_of(f);
        EXPECT_EQ(!(h.fragment & ipv4_more_fragments), together.size() == text.size());
    }
    EXPECT_EQ(together, text);
    // And back, as if a peer had sent them, last one first.
    while (!card().sent.empty()) {
        frame_text f = card().sent.back();
        card().sent.pop_back();
        const ipv4_header h = ip_of(f);
        card().deliver(from_peer(
            ipv4(peer_ip, our_ip, {.protocol = experimental, .id = h.id, .fragment = h.fragment},
                 payload_of(f))));
    }
    ASSERT_EQ(protocol_under_test().got.size(), 1u);
    EXPECT_EQ(protocol_under_test().got.front(), text);
}

TEST_F(ip, errors_reach_the_protocol) {
    const frame_text ours = ipv4(our_ip, peer_ip, {.protocol = experimental}, "12345678rest");
    card().deliver(from_peer(ipv4(peer_ip, our_ip, {.protocol = protocol_icmp},
                                  icmp(icmp_unreachable, icmp_port_unreachable, 0, 0, ours))));
    auto& errors = protocol_under_test().errors;
    ASSERT_EQ(errors.size(), 1u);
    EXPECT_EQ(errors[0].what, icmp_error::kind::port_unreachable);
    EXPECT_EQ(errors[0].destination, peer_ip);
    EXPECT_EQ(protocol_under_test().quoted.substr(0, 8), "12345678");
    card().deliver(
        from_peer(ipv4(peer_ip, our_ip, {.protocol = protocol_icmp},
                       icmp(icmp_unreachable, icmp_fragmentation_needed, 0, 1280, ours))));
    ASSERT_EQ(errors.size(), 2u);
    EXPECT_EQ(errors[1].what, icmp_error::kind::too_big);
    EXPECT_EQ(errors[1].mtu, 1280u);
    // A packet that we never sent.
    const frame_text alien = ipv4(far_ip, peer_ip, {.protocol = experimental}, "12345678");
    card().deliver(from_peer(ipv4(peer_ip, our_ip, {.protocol = protocol_icmp},
                                  icmp(icmp_unreachable, 3, 0, 0, alien))));
    EXPECT_EQ(errors.size(), 2u);
}

TEST_F(ip, multicast_goes_to_its_link_address) {
    auto way = find_route({ip_address::v4(0xe1820304), {}, card().index()});
    ASSERT_TRUE(way);
    EXPECT_EQ((*way)->type, route_multicast);
    ASSERT_TRUE(send_ip(**way, our_ip, experimental, of("x")));
    EXPECT_EQ(card().take().substr(0, 6), std::string("\x01\x00\x5e\x02\x03\x04", 6));
}

TEST_F(ip, a_link_that_is_down_says_so) {
    auto way = find_route({peer_ip, {}, 0});
    card().set_link(false);
    EXPECT_EQ(send_ip(**way, our_ip, experimental, of("x")).error(), errc::network_down);
    card().set_link(true);
    EXPECT_TRUE(send_ip(**way, our_ip, experimental, of("x")));
}

}  // namespace
