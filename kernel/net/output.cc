// SPDX-License-Identifier: BSD-3-Clause
// The last steps of a packet before the device.
#include <net/ethernet.hh>
#include <net/multicast.hh>
#include <net/neighbour.hh>
#include <net/output.hh>
#include <net/route.hh>
#include <net/tap.hh>
#include <trace/tracepoint.hh>

namespace osprey::net {
namespace {

bool can_segment(const offloads& can, gso_kind kind) noexcept {
    switch (kind) {
        case gso_kind::none:
            return true;
        case gso_kind::tcp4:
            return can.tso4;
        case gso_kind::tcp6:
            return can.tso6;
        case gso_kind::udp:
            return can.udp_gso;
    }
    return false;
}

void transmit_whole(interface& device, packet_ptr p) noexcept {
    if (p->check == checksum_state::partial && !device.can().checksum)
        p->complete_checksum();
    device.transmit(std::move(p));
}

mac_address everybody(const route& r) noexcept {
    return r.type == route_multicast ? group_mac(r.destination) : mac_address::broadcast();
}

}  // namespace

TRACEPOINT(net, net_packet_out, u32 interface, u32 bytes);
void transmit_frame(interface& device, packet_ptr p) noexcept {
    TRACE(net_packet_out, device.index(), p->bytes());
    p->device = &device;
    if (tapped()) [[unlikely]]
        show_to_taps(device, *p, packet_direction::outgoing);
    if (can_segment(device.can(), p->gso)) [[likely]] {
        transmit_whole(device, std::move(p));
        return;
    }
    packet_list segments = segment_frame(*p);
    while (packet_ptr s = segments.pop_front())
        transmit_whole(device, std::move(s));
}

result<void> send_on_link(route& r, packet_ptr p, u16 ether_type) noexcept {
    interface& device = *r.device;
    if (!device.can_send()) [[unlikely]]
        return errc::network_down;
    if (p->headroom() < sizeof(ethernet_header)) [[unlikely]]
        return errc::no_buffers;
    mac_address to;
    if (neighbour* n = r.link()) [[likely]] {
        const u64 ready = n->ready();
        if (ready == 0) [[unlikely]] {
            n->send(std::move(p), ether_type);
            return ok;
        }
        to = neighbour::mac_of(ready);
    } else if (!device.is_loopback() && r.type != route_unicast) {
        to = everybody(r);
    }
    push_ethernet(*p, to, device.mac(), ether_type);
    transmit_frame(device, std::move(p));
    return ok;
}

}  // namespace osprey::net
