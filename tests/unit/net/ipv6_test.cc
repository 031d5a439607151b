// SPDX-License-Identifier: BSD-3-Clause
// IPv6, ICMPv6 and neighbour discovery, from frame to frame.
#include <net/configuration.hh>
#include <net/groups.hh>
#include <net/ipv6/header.hh>
#include <net/ipv6/icmpv6.hh>
#include <net/ipv6/ipv6.hh>
#include <net/ipv6/ndp_message.hh>
#include <net/multicast.hh>
#include <vfs/io_buffer.hh>

#include "wire.hh"

// The configuration thread is not here: what would reach it is counted.
namespace osprey::net {
unsigned router_messages = 0, duplicates = 0;
void tell_configuration(configuration_news, packet_ptr) noexcept {
    ++router_messages;
}
void tell_configuration(configuration_news what, interface&, const ip_address&) noexcept {
    duplicates += what == configuration_news::duplicate;
}
constinit std::atomic<u8> default_hop_limit6{64};
}  // namespace osprey::net

namespace {
using namespace test;

constexpr u8 experimental = 253;
constexpr ip_address ours = ip_address::v6(0x2001'0db8ull << 32, 1),
                     peer = ip_address::v6(0x2001'0db8ull << 32, 2),
                     local = ip_address::v6(0xfe80ull << 48, 1);

recorder& protocol_under_test() {
    static recorder* const r = [] {
        auto* made = new recorder;
        register_protocol(experimental, *made);
        start_icmpv6();
        for (const auto& [address, prefix] : {std::pair{ours, 64}, {local, 64}}) {
            interface_address a;
            a.address = address;
            a.prefix = static_cast<u8>(prefix);
            EXPECT_TRUE(card().add_address(a));
            EXPECT_TRUE(join_group(card(), solicited_node_group(address)));
        }
        return made;
    }();
    return *r;
}

frame_text ipv6(ip_address from, ip_address to, u8 next, const frame_text& payload, u8 hops = 64) {
    ipv6_header h{};
    h.set_first_word(0, 0);
    h.payload_bytes = static_cast<u16>(payload.size());
    h.next_header = next;
    h.hop_limit = hops;
    from.store_v6(h.source);
    to.store_v6(h.destination);
    return bytes_of(&h, sizeof h) + payload;
}
frame_text fragment_of(const frame_text& payload, u32 id, u32 offset, bool more,
                       u8 next = experimental) {
    ipv6_fragment_header f{next, 0, static_cast<u16>(offset | (more ? 1 : 0)), id};
    return ipv6(peer, ours, extension_fragment, bytes_of(&f, sizeof f) + payload);
}
frame_text icmpv6(ip_address from, ip_address to, frame_text message) {
    checksum sum;
    sum.add_pseudo_header(from, to, protocol_icmpv6, static_cast<u32>(message.size()));
    sum.add(message.data(), message.size());
    const u16 field = sum.field();
    std::memcpy(message.data() + 2, &field, sizeof field);
    return message;
}
frame_text on_wire(const frame_text& packet) {
    return ethernet(our_mac, peer_mac, ether_ipv6, packet);
}
frame_text pattern(usize n) {
    frame_text t(n, '\0');
    for (usize i = 0; i < n; ++i)
        t[i] = static_cast<char>(i * 31 + i / 256);
    return t;
}

class v6 : public network {
protected:
    void SetUp() override {
        protocol_under_test();
        network::SetUp();
        EXPECT_TRUE(set_neighbour(card(), peer, peer_mac, neighbour_state::permanent));
        card().sent.clear();
    }
    void TearDown() override {
        protocol_under_test().got.clear();
        protocol_under_test().errors.clear();
        protocol_under_test().last.reset();
        (void)remove_neighbour(card(), peer);
        advance(duration::seconds(120));
        network::TearDown();
    }
    static usize arrived(const frame_text& frame) {
        protocol_under_test().got.clear();
        card().deliver(frame);
        return protocol_under_test().got.size();
    }
    /// The ICMPv6 message of the next frame that left; empty: none did.
    static frame_text message_sent() {
        const frame_text f = card().take();
        return f.size() < 54 ? frame_text{} : f.substr(54);
    }
};

TEST_F(v6, takes_what_is_for_us) {
    EXPECT_EQ(arrived(on_wire(ipv6(peer, ours, experimental, "payload")) + std::string(20, '\0')),
              1u);
    EXPECT_EQ(protocol_under_test().got.front(), "payload");
    EXPECT_EQ(protocol_under_test().last->network_header, 40);
    EXPECT_EQ(protocol_under_test().last->source, peer);
    const frame_text padded{"\xfd\0\1\4\0\0\0\0", 8};
    EXPECT_EQ(arrived(on_wire(ipv6(peer, ours, 60, padded + "behind"))), 1u);
    EXPECT_EQ(protocol_under_test().got.front(), "behind");
}

TEST_F(v6, drops_what_is_wrong) {
    const ip_address mapped = our_ip, loopback = ip_address::v6_loopback();
    EXPECT_EQ(arrived(on_wire(ipv6(peer, peer, experimental, "x"))), 0u) << "not for us";
    EXPECT_EQ(arrived(on_wire(ipv6(loopback, ours, experimental, "x"))), 0u);
    EXPECT_EQ(arrived(on_wire(ipv6(peer, loopback, experimental, "x"))), 0u);
    EXPECT_EQ(arrived(on_wire(ipv6(mapped, ours, experimental, "x"))), 0u);
    EXPECT_EQ(arrived(on_wire(ipv6(all_nodes, ours, experimental, "x"))), 0u);
    EXPECT_EQ(arrived(on_wire(ipv6(peer, ip_address::v6(0xff02ull << 48, 99), experimental, "x"))),
              0u);
    const frame_text whole = ipv6(peer, ours, experimental, "payload");
    for (usize cut = 0; cut < whole.size(); ++cut)
        EXPECT_EQ(arrived(on_wire(whole.substr(0, cut))), 0u) << cut;
}

TEST_F(v6, groups_are_heard_when_joined) {
    const ip_address group = ip_address::v6(0xff02ull << 48, 0x99);
    const auto frame = on_wire(ipv6(peer, group, experimental, "x"));
    EXPECT_EQ(arrived(frame), 0u);
    ASSERT_TRUE(join_group(card(), group));
    EXPECT_EQ(arrived(frame), 1u);
    ASSERT_TRUE(leave_group(card(), group));
    EXPECT_EQ(arrived(frame), 0u);
    bool reported = false;
    while (!card().sent.empty())
        reported |= card().take().substr(62, 1) == "\x8f";
    EXPECT_TRUE(reported) << "MLDv2 behind a hop-by-hop header";
}

TEST_F(v6, fragments_are_put_together_in_any_order) {
    const frame_text data = pattern(3000);
    EXPECT_EQ(arrived(on_wire(fragment_of(data.substr(2400), 7, 2400, false))), 0u);
    EXPECT_EQ(arrived(on_wire(fragment_of(data.substr(0, 1200), 7, 0, true))), 0u);
    EXPECT_EQ(arrived(on_wire(fragment_of(data.substr(0, 1200), 8, 0, true))), 0u) << "another id";
    EXPECT_EQ(arrived(on_wire(fragment_of(data.substr(1200, 1200), 7, 1200, true))), 1u);
    EXPECT_EQ(protocol_under_test().got.front(), data);
}

TEST_F(v6, overlapping_fragments_spoil_the_packet) {
    const frame_text data = pattern(3000);
    arrived(on_wire(fragment_of(data.substr(0, 1200), 9, 0, true)));
    arrived(on_wire(fragment_of(data.substr(1192, 1200), 9, 1192, true)));
    arrived(on_wire(fragment_of(data.substr(1200, 1200), 9, 1200, true)));
    EXPECT_EQ(arrived(on_wire(fragment_of(data.substr(2400), 9, 2400, false))), 0u);
}

TEST_F(v6, an_atomic_fragment_is_whole) {
    arrived(on_wire(fragment_of(pattern(1200), 5, 0, true)));
    EXPECT_EQ(arrived(on_wire(fragment_of("atom", 5, 0, false))), 1u) << "RFC 6946";
    EXPECT_EQ(protocol_under_test().got.front(), "atom");
}

TEST_F(v6, a_first_fragment_without_the_chain_is_told) {
    arrived(on_wire(fragment_of({"\x3b\1\1\4\0\0\0\0", 8}, 4, 0, true, 60)));
    const frame_text m = message_sent();
    ASSERT_GE(m.size(), 8u);
    EXPECT_EQ(m[0], icmpv6_parameter_problem);
    EXPECT_EQ(m[1], 3);
}

TEST_F(v6, odd_fragments_are_told) {
    arrived(on_wire(fragment_of("123456789", 4, 8, true)));
    const frame_text m = message_sent();
    ASSERT_GE(m.size(), 8u);
    EXPECT_EQ(m[0], icmpv6_parameter_problem);
    EXPECT_EQ(load_big<u32>(m.data() + 4), 4u) << "at the payload length";
}

TEST_F(v6, unknown_protocols_are_answered) {
    arrived(on_wire(ipv6(peer, ours, 252, "unknown")));
    const frame_text m = message_sent();
    ASSERT_EQ(m.size(), 8u + 40 + 7);
    EXPECT_EQ(m[0], icmpv6_parameter_problem);
    EXPECT_EQ(m[1], 1);
    EXPECT_EQ(load_big<u32>(m.data() + 4), 6u) << "at the next-header field";
    EXPECT_EQ(m.substr(48), "unknown");
}

TEST_F(v6, echoes) {
    const frame_text ask = icmpv6(peer, ours, frame_text{"\x80\0\0\0\x12\x34\0\1", 8} + "body");
    card().deliver(on_wire(ipv6(peer, ours, protocol_icmpv6, ask)));
    const frame_text m = message_sent();
    ASSERT_EQ(m.size(), ask.size());
    EXPECT_EQ(static_cast<u8>(m[0]), icmpv6_echo_reply);
    EXPECT_EQ(m.substr(4), ask.substr(4));
    EXPECT_EQ(icmpv6(ours, peer, m.substr(0, 2) + std::string(2, '\0') + m.substr(4)), m)
        << "checksum";
    frame_text bad = ask;
    bad[9] ^= 1;
    card().deliver(on_wire(ipv6(peer, ours, protocol_icmpv6, bad)));
    EXPECT_TRUE(card().sent.empty());
}

TEST_F(v6, errors_reach_the_protocol) {
    const frame_text ours_sent = ipv6(ours, peer, experimental, "12345678rest");
    const frame_text error = icmpv6(peer, ours, frame_text{"\2\0\0\0\0\0\5\x14", 8} + ours_sent);
    card().deliver(on_wire(ipv6(peer, ours, protocol_icmpv6, error)));
    ASSERT_EQ(protocol_under_test().errors.size(), 1u);
    EXPECT_EQ(protocol_under_test().errors[0].what, icmp_error::kind::too_big);
    EXPECT_EQ(protocol_under_test().errors[0].mtu, 1300u);
    EXPECT_EQ(protocol_under_test().quoted, "12345678rest");
}

TEST_F(v6, solicitations_are_answered) {
    u8 m[32];
    const usize n = build_solicitation(m, ours, &peer_mac);
    const ip_address group = solicited_node_group(ours);
    card().deliver(
        on_wire(ipv6(peer, group, protocol_icmpv6, icmpv6(peer, group, bytes_of(m, n)), 255)));
    const frame_text answer = message_sent();
    ASSERT_EQ(answer.size(), 32u);
    EXPECT_EQ(static_cast<u8>(answer[0]), icmpv6_neighbour_advertisement);
    EXPECT_EQ(answer.substr(26), bytes_of(&our_mac, 6));
    // From further away than the link: not.
    card().deliver(
        on_wire(ipv6(peer, group, protocol_icmpv6, icmpv6(peer, group, bytes_of(m, n)), 254)));
    EXPECT_TRUE(card().sent.empty());
}

TEST_F(v6, tentative_addresses_are_quiet_and_conflicts_are_told) {
    const ip_address fresh = ip_address::v6(0x2001'0db8ull << 32, 77);
    interface_address a;
    a.address = fresh;
    a.prefix = 128;
    a.flags = address_tentative;
    ASSERT_TRUE(card().add_address(a));
    const ip_address group = solicited_node_group(fresh);
    ASSERT_TRUE(join_group(card(), group));
    card().sent.clear();
    EXPECT_EQ(arrived(on_wire(ipv6(peer, fresh, experimental, "x"))), 0u);
    u8 m[32];
    usize n = build_solicitation(m, fresh, nullptr);
    card().deliver(
        on_wire(ipv6({}, group, protocol_icmpv6, icmpv6({}, group, bytes_of(m, n)), 255)));
    EXPECT_EQ(duplicates, 1u) << "somebody else is about to take it";
    n = build_advertisement(m, fresh, peer_mac, false, true);
    card().deliver(on_wire(
        ipv6(peer, all_nodes, protocol_icmpv6, icmpv6(peer, all_nodes, bytes_of(m, n)), 255)));
    EXPECT_EQ(duplicates, 2u) << "somebody else has it";
    EXPECT_TRUE(card().sent.empty());
    ASSERT_TRUE(card().remove_address(fresh));
    ASSERT_TRUE(leave_group(card(), group));
}

TEST_F(v6, sends_fragments_that_fit) {
    auto way = find_route({.destination = peer});
    ASSERT_TRUE(way);
    EXPECT_EQ((*way)->source, ours);
    const frame_text data = pattern(4000);
    const auto make = [&] {
        packet_ptr p = packet::make();
        vfs::io_buffer from{const_cast<char*>(data.data()), data.size(),
                            vfs::io_buffer::memory_kind::kernel};
        EXPECT_TRUE(p->append_from(from, data.size()));
        return p;
    };
    ip_options options;
    EXPECT_EQ(send_ip(**way, ours, experimental, make(), options).error(), errc::message_too_long);
    options.dont_fragment = false;
    ASSERT_TRUE(send_ip(**way, ours, experimental, make(), options));
    frame_text together;
    while (!card().sent.empty()) {
        const frame_text f = card().take();
        EXPECT_LE(f.size(), 1514u);
        ipv6_fragment_header h;
        std::memcpy(&h, f.data() + 54, sizeof h);
        EXPECT_EQ(h.offset_and_more & 0xfff8, together.size());
        together += f.substr(62);
        EXPECT_EQ(h.offset_and_more & 1, together.size() < data.size() ? 1 : 0);
    }
    EXPECT_EQ(together, data);
}

TEST_F(v6, source_addresses) {
    EXPECT_EQ(select_source_address(card(), peer), ours);
    EXPECT_EQ(select_source_address(card(), ip_address::v6(0xfe80ull << 48, 9)), local);
    EXPECT_EQ(select_source_address(card(), all_nodes), local);
    EXPECT_EQ(select_source_address(card(), ip_address::v6(0xff05ull << 48, 9)), ours);
}

}  // namespace
