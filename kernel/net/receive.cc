// SPDX-License-Identifier: BSD-3-Clause
// The way up begins: which network protocol a frame is for.
#include <net/arp/arp.hh>
#include <net/ethernet.hh>
#include <net/interface.hh>
#include <net/ipv4/ipv4.hh>
#include <net/ipv6/ipv6.hh>
#include <net/tap.hh>
#include <sched/clock.hh>
#include <trace/tracepoint.hh>

namespace osprey::net {
namespace {

packet_direction direction_of(const interface& i, const mac_address& to) noexcept {
    if (to == i.mac())
        return packet_direction::host;
    if (!to.is_multicast())
        return packet_direction::other_host;
    return to == mac_address::broadcast() ? packet_direction::broadcast
                                          : packet_direction::multicast;
}

}  // namespace

TRACEPOINT(net, net_packet_in, u32 interface, u32 bytes);
[[gnu::flatten]] void interface::receive(packet_ptr p) noexcept {
    TRACE(net_packet_in, index(), p->bytes());
    interface_counters& c = counters();
    ++c.received_packets;
    c.received_bytes += p->bytes();
    if (!p->pull_up(sizeof(ethernet_header)) || !(flags() & if_up)) [[unlikely]] {
        ++c.received_dropped;
        return;
    }
    p->device = this;
    if (timestamp_users.load(std::memory_order_relaxed) != 0) [[unlikely]]
        p->arrived = sched::monotonic_now();
    const auto* h = p->header<ethernet_header>();
    const packet_direction direction = direction_of(*this, h->destination);
    p->ether_type = h->type;
    p->link_broadcast = direction != packet_direction::host;
    p->link_header = p->network_header = 0;
    if (direction == packet_direction::multicast)
        ++c.received_multicast;
    if (tapped()) [[unlikely]]
        show_to_taps(*this, *p, direction);
    if (direction == packet_direction::other_host) [[unlikely]]
        return;  // promiscuous: for taps only
    p->pull(sizeof(ethernet_header));
    switch (p->ether_type) {
        case ether_ipv4:
            receive_ipv4(std::move(p));
            return;
        case ether_ipv6:
            receive_ipv6(std::move(p));
            return;
        case ether_arp:
            receive_arp(std::move(p));
            return;
        default:
            ++c.received_dropped;
    }
}

}  // namespace osprey::net
