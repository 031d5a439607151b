// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/endian.hh>
#include <net/address.hh>
#include <net/protocol.hh>

namespace osprey::net {

/// RFC 8200 §3.
struct ipv6_header {
    be32 version_class_flow;
    be16 payload_bytes;
    u8 next_header;
    u8 hop_limit;
    u8 source[16];
    u8 destination[16];
    [[nodiscard]] u8 version() const noexcept { return static_cast<u8>(version_class_flow >> 28); }
    [[nodiscard]] u8 traffic_class() const noexcept {
        return static_cast<u8>(version_class_flow >> 20);
    }
    void set_first_word(u8 traffic_class, u32 flow_label) noexcept {
        version_class_flow = u32{6} << 28 | u32{traffic_class} << 20 | (flow_label & 0xfffff);
    }
};
static_assert(sizeof(ipv6_header) == 40);

/// RFC 8200 §4.5.
struct ipv6_fragment_header {
    u8 next_header, reserved;
    be16 offset_and_more;
    be32 identification;
};
static_assert(sizeof(ipv6_fragment_header) == 8);

/// Next-header values of extension headers.
enum ipv6_extension : u8 {
    extension_hop_by_hop = 0,
    extension_routing = 43,
    extension_fragment = 44,
    extension_none = 59,
    extension_destination = 60,
};

inline constexpr u32 ipv6_least_mtu = 1280;

/// ICMPv6 types (RFC 4443, 4861, 3810).
enum icmpv6_type : u8 {
    icmpv6_unreachable = 1,
    icmpv6_too_big = 2,
    icmpv6_time_exceeded = 3,
    icmpv6_parameter_problem = 4,
    icmpv6_echo_request = 128,
    icmpv6_echo_reply = 129,
    icmpv6_mld_query = 130,
    icmpv6_mld_report = 131,
    icmpv6_mld_done = 132,
    icmpv6_router_solicitation = 133,
    icmpv6_router_advertisement = 134,
    icmpv6_neighbour_solicitation = 135,
    icmpv6_neighbour_advertisement = 136,
    icmpv6_redirect = 137,
    icmpv6_mld2_report = 143,
};
struct icmpv6_header {
    u8 type, code;
    u16 checksum;
    be32 rest;
};
static_assert(sizeof(icmpv6_header) == 8);

inline constexpr ip_address all_nodes = ip_address::v6(0xff02ull << 48, 1);
inline constexpr ip_address all_routers = ip_address::v6(0xff02ull << 48, 2);
/// ff02::1:ffXX:XXXX (RFC 4291 §2.7.1)
constexpr ip_address solicited_node_group(const ip_address& a) noexcept {
    return ip_address::v6(0xff02ull << 48, 0x1'ff00'0000ull | (a.low() & 0xffffff));
}
/// How far a multicast address reaches: 1 interface, 2 link… (RFC 4291 §2.7).
constexpr u8 multicast_scope(const ip_address& a) noexcept {
    return static_cast<u8>(a.high() >> 48 & 0xf);
}

}  // namespace osprey::net
