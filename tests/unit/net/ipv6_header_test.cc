// SPDX-License-Identifier: BSD-3-Clause
// Extension headers and messages of neighbour discovery, byte by byte.
#include <gtest/gtest.h>

#include <net/ipv6/extension.hh>
#include <net/ipv6/ndp_message.hh>
#include <string>
#include <vector>

using namespace osprey;
using namespace osprey::net;
using end = extension_walk::end;

namespace {

extension_walk walk(const std::vector<u8>& headers, u8 first, bool past = false,
                    bool to_group = false) {
    return walk_extensions(headers, {first, 0, 6, true, to_group}, past);
}

TEST(extensions, no_header_ends_at_once) {
    const auto w = walk({1, 2, 3}, protocol_udp);
    EXPECT_EQ(w.at, end::upper);
    EXPECT_EQ(w.protocol, protocol_udp);
    EXPECT_EQ(w.offset, 0u);
}

TEST(extensions, hop_by_hop_with_a_router_alert) {
    const auto w = walk({58, 0, 5, 2, 0, 0, 1, 0, 0x82}, extension_hop_by_hop);
    EXPECT_EQ(w.at, end::upper);
    EXPECT_EQ(w.protocol, 58);
    EXPECT_EQ(w.offset, 8u);
    EXPECT_TRUE(w.router_alert);
}

TEST(extensions, unknown_options_do_what_their_number_says) {
    for (const auto& [kind, expected] : std::vector<std::pair<u8, end>>{{0x1e, end::upper},
                                                                        {0x5e, end::discard},
                                                                        {0x9e, end::problem},
                                                                        {0xde, end::problem}}) {
        const auto w = walk({17, 0, kind, 4, 0, 0, 0, 0}, extension_destination);
        EXPECT_EQ(w.at, expected) << int{kind};
        if (expected == end::problem) {
            EXPECT_EQ(w.code, 2);
            EXPECT_EQ(w.pointer, 2u);
        }
    }
    EXPECT_EQ(walk({17, 0, 0xde, 4, 0, 0, 0, 0}, 60, false, true).at, end::discard);
    EXPECT_EQ(walk({17, 0, 0x9e, 4, 0, 0, 0, 0}, 60, false, true).at, end::problem);
}

TEST(extensions, options_that_do_not_fit_are_dropped) {
    EXPECT_EQ(walk({17, 0, 1, 9, 0, 0, 0, 0}, 60).at, end::discard);
    EXPECT_EQ(walk({17, 0, 0, 0, 0, 0, 0, 1}, 60).at, end::discard);
}

TEST(extensions, hop_by_hop_stands_first_or_nowhere) {
    const auto w = walk({0, 0, 1, 4, 0, 0, 0, 0, 17, 0, 1, 4, 0, 0, 0, 0}, 60);
    EXPECT_EQ(w.at, end::problem);
    EXPECT_EQ(w.code, 1);
    EXPECT_EQ(w.pointer, 0u);
}

TEST(extensions, source_routes_end_here) {
    EXPECT_EQ(walk({17, 0, 0, 0, 0, 0, 0, 0}, 43).at, end::upper);
    const auto w = walk({17, 0, 0, 1, 0, 0, 0, 0}, 43);
    EXPECT_EQ(w.at, end::problem);
    EXPECT_EQ(w.pointer, 2u);
}

TEST(extensions, a_fragment_header_ends_the_walk_unless_it_is_passed) {
    const std::vector<u8> h{17, 0, 0, 1, 0, 0, 0, 1, 9, 9};
    EXPECT_EQ(walk(h, 44).at, end::fragment);
    const auto w = walk(h, 44, true);
    EXPECT_EQ(w.at, end::upper);
    EXPECT_TRUE(w.fragmented);
    EXPECT_EQ(w.offset, 8u);
}

TEST(extensions, long_chains_are_not_followed) {
    std::vector<u8> h;
    for (int i = 0; i < 9; ++i)
        h.insert(h.end(), {60, 0, 1, 4, 0, 0, 0, 0});
    EXPECT_EQ(walk(h, 60).at, end::discard);
    EXPECT_EQ(walk({60, 0, 1, 4, 0, 0, 0, 0}, 60).at, end::cut_short);
    EXPECT_EQ(walk({60, 9, 1, 4, 0, 0, 0, 0}, 60).at, end::cut_short);
    EXPECT_EQ(walk({59, 0, 1, 4, 0, 0, 0, 0}, 60).at, end::no_next);
}

constexpr ip_address target = ip_address::v6(0xfe80ull << 48, 0x1234'5678);
constexpr ip_address sender = ip_address::v6(0xfe80ull << 48, 9);
constexpr mac_address mac{{2, 3, 4, 5, 6, 7}};

TEST(ndp_messages, a_solicitation_is_read_as_it_was_written) {
    u8 m[32];
    const usize n = build_solicitation(m, target, &mac);
    neighbour_solicitation s;
    ASSERT_TRUE(parse_solicitation({m, n}, sender, solicited_node_group(target), 255, s));
    EXPECT_EQ(s.target, target);
    EXPECT_TRUE(s.has_mac);
    EXPECT_EQ(s.mac, mac);
    EXPECT_FALSE(parse_solicitation({m, n}, sender, target, 254, s)) << "from another link";
    EXPECT_FALSE(parse_solicitation({m, 23}, sender, target, 255, s));
    EXPECT_FALSE(parse_solicitation({m, n}, {}, solicited_node_group(target), 255, s))
        << "nobody has no link address";
    const usize dad = build_solicitation(m, target, nullptr);
    EXPECT_TRUE(parse_solicitation({m, dad}, {}, solicited_node_group(target), 255, s));
    EXPECT_FALSE(parse_solicitation({m, dad}, {}, target, 255, s));
    m[24] = 1;
    m[25] = 0;
    EXPECT_FALSE(parse_solicitation({m, 32}, sender, target, 255, s)) << "an option of no length";
}

TEST(ndp_messages, an_advertisement_is_read_as_it_was_written) {
    u8 m[32];
    const usize n = build_advertisement(m, target, mac, true, false);
    neighbour_advertisement a;
    ASSERT_TRUE(parse_advertisement({m, n}, sender, 255, a));
    EXPECT_TRUE(a.solicited);
    EXPECT_FALSE(a.override);
    EXPECT_FALSE(a.router);
    EXPECT_FALSE(parse_advertisement({m, n}, all_nodes, 255, a)) << "solicited, but to everybody";
}

TEST(ndp_messages, a_router_advertisement_with_all_options) {
    std::vector<u8> m{134, 0, 0, 0, 64, 0xc8, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0};
    const auto add = [&](std::vector<u8> o) {
        m.insert(m.end(), o.begin(), o.end());
    };
    add({1, 1, 2, 3, 4, 5, 6, 7});
    add({5, 1, 0, 0, 0, 0, 5, 0xdc});
    std::vector<u8> p{3, 4, 64, 0xc0, 0, 0, 1, 0, 0, 0, 0, 0x80, 0, 0, 0, 0};
    p.resize(32);
    p[16] = 0x20;
    add(p);
    std::vector<u8> dns{25, 3, 0, 0, 0, 0, 0, 60};
    dns.resize(24);
    dns[8] = 0xfe;
    dns[9] = 0x80;
    add(dns);
    add({31, 2, 0, 0, 0, 0, 0, 60, 3, 'l', 'a', 'n', 0, 0, 0, 0});
    add({24, 2, 48, 0x18, 0, 0, 0, 9, 0x20, 1, 0, 0, 0, 0, 0, 0});
    add({99, 1, 0, 0, 0, 0, 0, 0});
    router_advertisement ra;
    ASSERT_TRUE(parse_router_advertisement(m, sender, 255, ra));
    EXPECT_TRUE(ra.managed);
    EXPECT_TRUE(ra.other);
    EXPECT_EQ(ra.preference, 1);
    EXPECT_EQ(ra.lifetime, 0x708);
    EXPECT_EQ(ra.mtu, 1500u);
    EXPECT_EQ(ra.mac, mac);
    ASSERT_EQ(ra.prefixes.size(), 1u);
    EXPECT_EQ(ra.prefixes[0].valid, 256u);
    EXPECT_EQ(ra.prefixes[0].preferred, 128u);
    ASSERT_EQ(ra.name_servers.size(), 1u);
    EXPECT_EQ(ra.name_servers[0].lifetime, 60u);
    ASSERT_EQ(ra.search.size(), 1u);
    EXPECT_EQ(ra.search[0].domain.view(), "lan");
    ASSERT_EQ(ra.routes.size(), 1u);
    EXPECT_EQ(ra.routes[0].preference, -1);
    EXPECT_FALSE(parse_router_advertisement(m, ip_address::v6(1, 1), 255, ra))
        << "routers speak from link-local addresses";
    EXPECT_FALSE(parse_router_advertisement({m.data(), m.size() - 1}, sender, 255, ra));
}

}  // namespace
