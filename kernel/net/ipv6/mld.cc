// SPDX-License-Identifier: BSD-3-Clause
// Multicast listener discovery, versions 2 and 1 (RFC 3810, 2710): messages of listeners.
#include <net/groups.hh>
#include <net/ipv6/header.hh>
#include <net/ipv6/icmpv6.hh>
#include <net/ipv6/ipv6.hh>
#include <net/multicast.hh>
#include <net/packet.hh>

namespace osprey::net {
namespace {

constexpr ip_address mld_routers = ip_address::v6(0xff02ull << 48, 0x16);

void send(interface& i, std::span<const u8> message, const ip_address& to) noexcept {
    // A link-local source, or none during DAD (RFC 3590).
    send_on_link_icmpv6(i, select_source_address(i, all_nodes), to, group_mac(to), message, true);
}

/// Milliseconds; of version 2, from 32768 on a floating-point number (RFC 3810 §5.1.3).
duration delay_of(u16 code, u8 version) noexcept {
    if (version < 3 || code < 0x8000)
        return duration::milliseconds(code);
    return duration::milliseconds(i64{(code & 0xfff) | 0x1000} << ((code >> 12 & 7) + 3));
}

}  // namespace

bool parse_mld_query(std::span<const u8> m, group_query& to) noexcept {
    if (m.size() < 24 || (m.size() > 24 && m.size() < 28) || m[0] != icmpv6_mld_query)
        return false;
    to.group = ip_address::from_v6(m.data() + 8);
    to.version = m.size() == 24 ? 2 : 3;  // numbered as those of IGMP
    to.most_delay = delay_of(load_big<u16>(m.data() + 4), to.version);
    return to.group == ip_address{} || (to.group.is_multicast() && !to.group.is_v4());
}

void receive_mld(packet_ptr p) noexcept {
    const u32 most = p->bytes() < 64 ? p->bytes() : 64;
    // Only from the link itself (RFC 3810 §6.2).
    if (p->hop_limit != 1 || p->source.is_v4() || !p->source.is_link_local() || !p->pull_up(most))
        return;
    const std::span<const u8> message{p->data(), p->linear_bytes()};
    if (message[0] == icmpv6_mld_report) {
        if (message.size() >= 24)
            heard_group_report(*p->device, ip_address::from_v6(message.data() + 8));
        return;
    }
    group_query q;
    if (parse_mld_query(message, q))
        heard_group_query(*p->device, q);
}

void send_mld_report(interface& i, std::span<const ip_address> groups,
                     std::span<const group_record> kinds) noexcept {
    constexpr usize at_once = 8;
    while (!groups.empty()) {
        const usize n = groups.size() < at_once ? groups.size() : at_once;
        u8 message[8 + 20 * at_once] = {icmpv6_mld2_report};
        store_big(message + 6, static_cast<u16>(n));
        for (usize k = 0; k < n; ++k) {
            u8* record = message + 8 + 20 * k;
            record[0] = static_cast<u8>(kinds[k]);
            groups[k].store_v6(record + 4);
        }
        send(i, {message, 8 + 20 * n}, mld_routers);
        groups = groups.subspan(n);
        kinds = kinds.subspan(n);
    }
}

void send_old_mld_report(interface& i, const ip_address& group, bool leaving) noexcept {
    u8 message[24] = {leaving ? icmpv6_mld_done : icmpv6_mld_report};
    group.store_v6(message + 8);
    send(i, message, leaving ? all_routers : group);
}

}  // namespace osprey::net
