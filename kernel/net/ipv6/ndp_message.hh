// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <net/ipv6/header.hh>
#include <net/short_list.hh>
#include <span>

namespace osprey::net {

/// Messages of neighbour discovery (RFC 4861 §4), read from bytes that begin at the ICMPv6 header
/// and whose checksum is right. All functions answer false for what §6.1 and §7.1 tell to ignore.

struct neighbour_solicitation {
    ip_address target;
    bool has_mac = false;
    mac_address mac;
};
bool parse_solicitation(std::span<const u8> message, const ip_address& source,
                        const ip_address& destination, u8 hop_limit,
                        neighbour_solicitation& to) noexcept;

struct neighbour_advertisement {
    ip_address target;
    bool router = false, solicited = false, override = false;
    bool has_mac = false;
    mac_address mac;
};
bool parse_advertisement(std::span<const u8> message, const ip_address& destination, u8 hop_limit,
                         neighbour_advertisement& to) noexcept;

/// RFC 4861 §4.6.2. Times in seconds; ~0 is for ever.
struct prefix_information {
    ip_address prefix;
    u8 bits;
    bool on_link, autonomous;
    u32 valid, preferred;
};
/// RFC 4191 §2.3.
struct route_information {
    ip_address prefix;
    u8 bits;
    i8 preference;
    u32 lifetime;
};
struct name_server_information {
    ip_address address;
    u32 lifetime;
};
struct search_information {
    name_text<253> domain;
    u32 lifetime = 0;
};
struct router_advertisement {
    u8 hop_limit = 0;  // 0: not told
    bool managed = false, other = false;
    i8 preference = 0;  // -1, 0, 1 (RFC 4191 §2.2)
    u16 lifetime = 0;   // seconds as a default router
    u32 reachable_ms = 0, retransmit_ms = 0;
    u32 mtu = 0;
    bool has_mac = false;
    mac_address mac;
    short_list<prefix_information, 16> prefixes;
    short_list<route_information, 8> routes;
    short_list<name_server_information, 8> name_servers;
    short_list<search_information, 6> search;
};
bool parse_router_advertisement(std::span<const u8> message, const ip_address& source, u8 hop_limit,
                                router_advertisement& to) noexcept;

struct redirect_message {
    ip_address target, destination;
    bool has_mac = false;
    mac_address mac;
};
bool parse_redirect(std::span<const u8> message, const ip_address& source, u8 hop_limit,
                    redirect_message& to) noexcept;

/// The messages that we send, without checksum; @return bytes of `to` used.
usize build_solicitation(std::span<u8, 32> to, const ip_address& target,
                         const mac_address* ours) noexcept;
usize build_advertisement(std::span<u8, 32> to, const ip_address& target, const mac_address& ours,
                          bool solicited, bool override) noexcept;
usize build_router_solicitation(std::span<u8, 32> to, const mac_address* ours) noexcept;

}  // namespace osprey::net
