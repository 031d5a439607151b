// SPDX-License-Identifier: BSD-3-Clause
#include <base/hash.hh>
#include <net/ethernet.hh>
#include <net/ipv4/ipv4.hh>
#include <net/ipv6/ipv6.hh>
#include <net/loopback.hh>
#include <net/multicast.hh>
#include <net/statistics.hh>
#include <sync/random_pool.hh>

namespace osprey::net {
namespace {

/// Members on this machine get a copy of what goes to many.
void loop_back_copy(const route& r, const packet& p, const ip_options& options) noexcept {
    if (r.device->is_loopback())
        return;  // that brings it back anyway
    const bool multicast = r.type == route_multicast;
    if (multicast && (!options.loop || !is_group_joined(*r.device, r.destination)))
        return;
    if (packet_ptr copy = p.clone())
        send_to_ourselves(*r.device, std::move(copy), ether_ipv4);
}

void count_many(const route& r, u32 bytes) noexcept {
    if (r.type == route_multicast) {
        count(statistic::ip_out_multicasts);
        count(statistic::ip_out_multicast_octets, bytes);
    } else {
        count(statistic::ip_out_broadcasts);
        count(statistic::ip_out_broadcast_octets, bytes);
    }
}

}  // namespace

u16 next_ipv4_id(const ip_address& source, const ip_address& destination) noexcept {
    static constinit std::atomic<u32> counters[256]{};
    static constinit std::atomic<u64> key{0};
    u64 k = key.load(std::memory_order_relaxed);
    if (k == 0) {
        const u64 drawn = random_number() | 1;
        if (key.compare_exchange_strong(k, drawn, std::memory_order_relaxed))
            k = drawn;
    }
    const u64 h = mix(source.low() ^ k, destination.low() + k);
    auto& counter = counters[h & 255];
    return static_cast<u16>(counter.fetch_add(1, std::memory_order_relaxed) + (h >> 8));
}

void push_ipv4_header(packet& p, const ip_address& source, const ip_address& destination,
                      u8 protocol, const ip_options& options, u16 id, u16 fragment) noexcept {
    auto* h = reinterpret_cast<ipv4_header*>(p.push(sizeof(ipv4_header)));
    h->version_and_length = 0x45;
    h->traffic_class = options.traffic_class;
    h->total_bytes = static_cast<u16>(p.bytes());
    h->id = id;
    h->fragment = fragment;
    h->time_to_live = options.hop_limit;
    h->protocol = protocol;
    h->check = 0;
    h->source = source.v4();
    h->destination = destination.v4();
    h->check = static_cast<u16>(~folded_ipv4_header(*h));
}

result<void> send_ipv4(route& r, const ip_address& source, u8 protocol, packet_ptr p,
                       const ip_options& options) noexcept {
    count(statistic::ip_out_requests);
    const u32 bytes = p->bytes() + static_cast<u32>(sizeof(ipv4_header));
    count(statistic::ip_out_octets, bytes);
    const u32 mtu = options.device_mtu ? r.device->mtu() : r.mtu();
    if (bytes > mtu && p->gso == gso_kind::none) [[unlikely]] {
        if (!options.dont_fragment && !options.refuse_fragments && bytes <= 0xffff)
            return send_ipv4_fragments(r, source, protocol, *p, options);
        count(statistic::ip_fragmentation_failures);
        return errc::message_too_long;
    }
    if (bytes > 0xffff || p->headroom() < sizeof(ipv4_header) + sizeof(ethernet_header))
        return errc::message_too_long;
    // What cannot be fragmented needs no identity (RFC 6864 §4.1).
    const u16 id = options.dont_fragment ? u16{0} : next_ipv4_id(source, r.destination);
    push_ipv4_header(*p, source, r.destination, protocol, options, id,
                     options.dont_fragment ? ipv4_dont_fragment : u16{0});
    if (r.type != route_unicast && r.type != route_local) [[unlikely]] {
        count_many(r, bytes);
        loop_back_copy(r, *p, options);
        if (options.hop_limit == 0)
            return ok;
    }
    auto sent = send_on_link(r, std::move(p), ether_ipv4);
    if (!sent) [[unlikely]]
        count(statistic::ip_out_discards);
    return sent;
}

result<void> send_ip(route& r, const ip_address& source, u8 protocol, packet_ptr p,
                     const ip_options& options) noexcept {
    if (r.destination.is_v4())
        return send_ipv4(r, source, protocol, std::move(p), options);
    return send_ipv6(r, source, protocol, std::move(p), options);
}

}  // namespace osprey::net
