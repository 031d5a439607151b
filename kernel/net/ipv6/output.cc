// SPDX-License-Identifier: BSD-3-Clause
#include <net/ethernet.hh>
#include <net/ipv6/header.hh>
#include <net/ipv6/ipv6.hh>
#include <net/loopback.hh>
#include <net/multicast.hh>
#include <net/statistics.hh>
#include <sync/random_pool.hh>

namespace osprey::net {
namespace {

void push_header(packet& p, const ip_address& source, const ip_address& destination, u8 protocol,
                 const ip_options& options) noexcept {
    const u32 payload = p.bytes();
    auto* h = reinterpret_cast<ipv6_header*>(p.push(sizeof(ipv6_header)));
    h->set_first_word(options.traffic_class, options.flow_label);
    h->payload_bytes = static_cast<u16>(payload);
    h->next_header = protocol;
    h->hop_limit = options.hop_limit;
    source.store_v6(h->source);
    destination.store_v6(h->destination);
}

/// Members on this machine get a copy of what goes to a group.
void loop_back_copy(const route& r, const packet& p, const ip_options& options) noexcept {
    if (!options.loop || r.device->is_loopback() ||
        (r.destination != all_nodes && !is_group_joined(*r.device, r.destination)))
        return;
    if (packet_ptr copy = p.clone())
        send_to_ourselves(*r.device, std::move(copy), ether_ipv6);
}

/// `p` begins with its IPv6 header.
result<void> send_whole(route& r, packet_ptr p, const ip_options& options) noexcept {
    if (r.type == route_multicast) [[unlikely]] {
        count(statistic::ip6_out_multicasts);
        count(statistic::ip6_out_multicast_octets, p->bytes());
        loop_back_copy(r, *p, options);
        if (options.hop_limit == 0 || multicast_scope(r.destination) <= 1)
            return ok;
    }
    return send_on_link(r, std::move(p), ether_ipv6);
}

/// RFC 8200 §4.5: only the source fragments.
result<void> send_fragments(route& r, const ip_address& source, u8 protocol, packet& p, u32 mtu,
                            const ip_options& options) noexcept {
    p.complete_checksum();
    const u32 room =
        (mtu - static_cast<u32>(sizeof(ipv6_header) + sizeof(ipv6_fragment_header))) & ~7u;
    const u32 total = p.bytes();
    const u32 identification = static_cast<u32>(random_number());
    for (u32 offset = 0; offset < total; offset += room) {
        const bool more = offset + room < total;
        packet_ptr piece = p.slice(offset, more ? room : total - offset);
        if (!piece) {
            count(statistic::ip6_fragmentation_failures);
            return errc::out_of_memory;
        }
        auto* f =
            reinterpret_cast<ipv6_fragment_header*>(piece->push(sizeof(ipv6_fragment_header)));
        f->next_header = protocol;
        f->reserved = 0;
        f->offset_and_more = static_cast<u16>(offset | (more ? 1 : 0));
        f->identification = identification;
        push_header(*piece, source, r.destination, extension_fragment, options);
        count(statistic::ip6_fragments_created);
        TRY_VOID(send_whole(r, std::move(piece), options));
    }
    count(statistic::ip6_fragmented);
    return ok;
}

}  // namespace

result<void> send_ipv6(route& r, const ip_address& source, u8 protocol, packet_ptr p,
                       const ip_options& options) noexcept {
    count(statistic::ip6_out_requests);
    const u32 bytes = p->bytes() + static_cast<u32>(sizeof(ipv6_header));
    count(statistic::ip6_out_octets, bytes);
    const u32 known = options.device_mtu ? r.device->mtu() : r.mtu();
    const u32 mtu = known < ipv6_least_mtu ? ipv6_least_mtu : known;
    if (p->bytes() > 65535 || p->headroom() < sizeof(ipv6_header) + sizeof(ethernet_header))
        return errc::message_too_long;
    if (bytes > mtu && p->gso == gso_kind::none) [[unlikely]] {
        if (options.dont_fragment || options.refuse_fragments) {
            count(statistic::ip6_fragmentation_failures);
            return errc::message_too_long;
        }
        return send_fragments(r, source, protocol, *p, mtu, options);
    }
    push_header(*p, source, r.destination, protocol, options);
    auto sent = send_whole(r, std::move(p), options);
    if (!sent) [[unlikely]]
        count(statistic::ip6_out_discards);
    return sent;
}

}  // namespace osprey::net
