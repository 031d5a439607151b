// SPDX-License-Identifier: BSD-3-Clause
#include <net/domain_list.hh>
#include <net/ipv6/ndp_message.hh>

namespace osprey::net {

namespace {

enum : u8 {
    option_source_mac = 1,
    option_target_mac = 2,
    option_prefix = 3,
    option_mtu = 5,
    option_route = 24,
    option_name_servers = 25,
    option_search = 31,
};
enum : u8 { flag_router = 0x80, flag_solicited = 0x40, flag_override = 0x20 };

/// Calls `visit(u8 kind, std::span<const u8> option)` for each option, header included.
/// @return false: malformed (an option of no length, or longer than the message).
template <typename F>
bool for_each_option(std::span<const u8> options, F&& visit) noexcept {
    while (!options.empty()) {
        if (options.size() < 8 || options[1] == 0 || options.size() < options[1] * 8u)
            return false;
        const usize bytes = options[1] * 8u;
        visit(options[0], options.first(bytes));
        options = options.subspan(bytes);
    }
    return true;
}

void take_mac(std::span<const u8> option, bool& has, mac_address& to) noexcept {
    if (option.size() != 8)
        return;
    std::memcpy(to.bytes, option.data() + 2, sizeof to.bytes);
    has = !to.is_multicast() && !to.is_zero();
}

i8 preference_of(u8 flags) noexcept {
    switch (flags >> 3 & 3) {
        case 1:
            return 1;
        case 3:
            return -1;
        default:
            return 0;  // 2 is reserved and means medium (RFC 4191 §2.2)
    }
}

void take_prefix(std::span<const u8> o, router_advertisement& to) noexcept {
    if (o.size() != 32 || o[2] > 128)
        return;
    to.prefixes.add({ip_address::from_v6(o.data() + 16), o[2], (o[3] & 0x80) != 0,
                     (o[3] & 0x40) != 0, load_big<u32>(o.data() + 4), load_big<u32>(o.data() + 8)});
}

void take_route(std::span<const u8> o, router_advertisement& to) noexcept {
    const usize given = o.size() - 8;
    if (o[2] > 128 || given > 16 || given * 8 < o[2])
        return;
    u8 prefix[16] = {};
    std::memcpy(prefix, o.data() + 8, given);
    if ((o[3] >> 3 & 3) != 2)  // reserved: ignored (RFC 4191 §2.3)
        to.routes.add(
            {ip_address::from_v6(prefix), o[2], preference_of(o[3]), load_big<u32>(o.data() + 4)});
}

void take_name_servers(std::span<const u8> o, router_advertisement& to) noexcept {
    const u32 lifetime = load_big<u32>(o.data() + 4);
    for (usize at = 8; at + 16 <= o.size(); at += 16)
        to.name_servers.add({ip_address::from_v6(o.data() + at), lifetime});
}

void take_search(std::span<const u8> o, router_advertisement& to) noexcept {
    short_list<name_text<253>, 6> domains;
    parse_domain_list(o.subspan(8), domains);
    for (const auto& domain : domains.all())
        to.search.add({domain, load_big<u32>(o.data() + 4)});
}

bool begins_well(std::span<const u8> m, u8 type, usize least, u8 hop_limit) noexcept {
    return m.size() >= least && m[0] == type && m[1] == 0 && hop_limit == 255;
}

usize put_mac(u8* at, u8 kind, const mac_address& mac) noexcept {
    at[0] = kind;
    at[1] = 1;
    std::memcpy(at + 2, mac.bytes, 6);
    return 8;
}

}  // namespace

bool parse_solicitation(std::span<const u8> m, const ip_address& source,
                        const ip_address& destination, u8 hop_limit,
                        neighbour_solicitation& to) noexcept {
    to = {};
    if (!begins_well(m, icmpv6_neighbour_solicitation, 24, hop_limit))
        return false;
    to.target = ip_address::from_v6(m.data() + 8);
    const bool fine = for_each_option(m.subspan(24), [&](u8 kind, std::span<const u8> o) noexcept {
        if (kind == option_source_mac)
            take_mac(o, to.has_mac, to.mac);
    });
    if (!fine || to.target.is_multicast())
        return false;
    // Duplicate address detection asks the group, and has no address of its own to tell.
    return !source.is_any() || (destination == solicited_node_group(to.target) && !to.has_mac);
}

bool parse_advertisement(std::span<const u8> m, const ip_address& destination, u8 hop_limit,
                         neighbour_advertisement& to) noexcept {
    to = {};
    if (!begins_well(m, icmpv6_neighbour_advertisement, 24, hop_limit))
        return false;
    to.router = m[4] & flag_router;
    to.solicited = m[4] & flag_solicited;
    to.override = m[4] & flag_override;
    to.target = ip_address::from_v6(m.data() + 8);
    const bool fine = for_each_option(m.subspan(24), [&](u8 kind, std::span<const u8> o) noexcept {
        if (kind == option_target_mac)
            take_mac(o, to.has_mac, to.mac);
    });
    return fine && !to.target.is_multicast() && !(destination.is_multicast() && to.solicited);
}

bool parse_router_advertisement(std::span<const u8> m, const ip_address& source, u8 hop_limit,
                                router_advertisement& to) noexcept {
    to = {};
    if (!begins_well(m, icmpv6_router_advertisement, 16, hop_limit) || source.is_v4() ||
        !source.is_link_local())
        return false;
    to.hop_limit = m[4];
    to.managed = m[5] & 0x80;
    to.other = m[5] & 0x40;
    to.preference = preference_of(m[5]);
    to.lifetime = load_big<u16>(m.data() + 6);
    to.reachable_ms = load_big<u32>(m.data() + 8);
    to.retransmit_ms = load_big<u32>(m.data() + 12);
    return for_each_option(m.subspan(16), [&](u8 kind, std::span<const u8> o) noexcept {
        switch (kind) {
            case option_source_mac:
                take_mac(o, to.has_mac, to.mac);
                break;
            case option_mtu:
                if (o.size() == 8)
                    to.mtu = load_big<u32>(o.data() + 4);
                break;
            case option_prefix:
                take_prefix(o, to);
                break;
            case option_route:
                take_route(o, to);
                break;
            case option_name_servers:
                take_name_servers(o, to);
                break;
            case option_search:
                take_search(o, to);
                break;
            default:
                break;
        }
    });
}

bool parse_redirect(std::span<const u8> m, const ip_address& source, u8 hop_limit,
                    redirect_message& to) noexcept {
    to = {};
    if (!begins_well(m, icmpv6_redirect, 40, hop_limit) || source.is_v4() ||
        !source.is_link_local())
        return false;
    to.target = ip_address::from_v6(m.data() + 8);
    to.destination = ip_address::from_v6(m.data() + 24);
    const bool fine = for_each_option(m.subspan(40), [&](u8 kind, std::span<const u8> o) noexcept {
        if (kind == option_target_mac)
            take_mac(o, to.has_mac, to.mac);
    });
    // The better first hop is a router, or the destination itself (§8.1).
    return fine && !to.destination.is_multicast() && !to.target.is_v4() &&
           (to.target.is_link_local() || to.target == to.destination);
}

usize build_solicitation(std::span<u8, 32> to, const ip_address& target,
                         const mac_address* ours) noexcept {
    std::memset(to.data(), 0, to.size());
    to[0] = icmpv6_neighbour_solicitation;
    target.store_v6(to.data() + 8);
    return 24 + (ours ? put_mac(to.data() + 24, option_source_mac, *ours) : 0);
}

usize build_advertisement(std::span<u8, 32> to, const ip_address& target, const mac_address& ours,
                          bool solicited, bool override) noexcept {
    std::memset(to.data(), 0, to.size());
    to[0] = icmpv6_neighbour_advertisement;
    to[4] = static_cast<u8>((solicited ? flag_solicited : 0) | (override ? flag_override : 0));
    target.store_v6(to.data() + 8);
    return 24 + put_mac(to.data() + 24, option_target_mac, ours);
}

usize build_router_solicitation(std::span<u8, 32> to, const mac_address* ours) noexcept {
    std::memset(to.data(), 0, to.size());
    to[0] = icmpv6_router_solicitation;
    return 8 + (ours ? put_mac(to.data() + 8, option_source_mac, *ours) : 0);
}

}  // namespace osprey::net
