// SPDX-License-Identifier: BSD-3-Clause
#include <net/checksum.hh>
#include <net/configuration.hh>
#include <net/dhcp/message4.hh>
#include <net/dhcp/tap4.hh>
#include <net/ethernet.hh>
#include <net/ipv4/ipv4.hh>
#include <net/output.hh>
#include <net/protocol.hh>

namespace osprey::net {
namespace {

struct udp_wire {
    be16 source, destination, bytes;
    u16 checksum;
};
static_assert(sizeof(udp_wire) == 8);

/// RFC 826 for Ethernet and IPv4.
struct arp_wire {
    be16 hardware, protocol;
    u8 hardware_bytes, protocol_bytes;
    be16 operation;
    mac_address sender_mac;
    be32 sender;
    mac_address target_mac;
    be32 target;
};
static_assert(sizeof(arp_wire) == 28);

constexpr usize ip_at = sizeof(ethernet_header);

/// The offset of the DHCP message in a frame; 0: none in it.
usize find_dhcp(const packet& p) noexcept {
    ipv4_header h;
    udp_wire u;
    if (!p.copy_out(ip_at, &h, sizeof h) || h.version_and_length >> 4 != 4 ||
        h.protocol != protocol_udp || (h.fragment & (ipv4_more_fragments | ipv4_offset_mask)) ||
        h.header_bytes() < sizeof h)
        return 0;
    const usize udp_at = ip_at + h.header_bytes();
    if (!p.copy_out(udp_at, &u, sizeof u) || u.destination != dhcp4_client_port ||
        u.source != dhcp4_server_port || u.bytes < sizeof u || udp_at + u.bytes > p.bytes())
        return 0;
    if (u.checksum != 0 && p.check == checksum_state::none) {
        checksum sum;
        sum.add_pseudo_header(ip_address::v4(h.source), ip_address::v4(h.destination), protocol_udp,
                              u.bytes);
        p.add_checksum(sum, udp_at, u.bytes);
        if (!sum.correct())
            return 0;
    }
    return udp_at + sizeof u;
}

void send_arp(interface& i, u32 sender, u32 target) noexcept {
    packet_ptr p = packet::make();
    if (!p)
        return;
    const arp_wire a{1, ether_ipv4, 6, 4, 1, i.mac(), sender, {}, target};
    p->append(&a, sizeof a);
    push_ethernet(*p, mac_address::broadcast(), i.mac(), ether_arp);
    transmit_frame(i, std::move(p));
}

}  // namespace

void dhcp4_tap::seen(interface& i, const packet& p, packet_direction d) noexcept {
    if (&i != &device_ || d == packet_direction::outgoing)
        return;
    ethernet_header e;
    if (!p.copy_out(0, &e, sizeof e))
        return;
    if (e.type == ether_ipv4) {
        const usize at = find_dhcp(p);
        packet_ptr copy = at ? p.clone() : nullptr;
        if (!copy)
            return;
        copy->device = &i;
        copy->pull(at);
        tell_configuration(configuration_news::dhcp4_message, std::move(copy));
    } else if (e.type == ether_arp) {
        arp_wire a;
        const u32 ours = watched_.load(std::memory_order_relaxed);
        if (ours != 0 && p.copy_out(sizeof e, &a, sizeof a) && a.sender == ours &&
            a.sender_mac != i.mac())
            tell_configuration(configuration_news::conflict4, i, ip_address::v4(ours));
    }
}

void send_dhcp4_frame(interface& i, std::span<const u8> message, u32 source) noexcept {
    auto page = memory::allocate_frames();
    if (!page)
        return;
    packet_ptr p = packet::make();
    const usize bytes = message.size();
    std::memcpy(memory::data_of(*page), message.data(), bytes);
    if (!p || !p->append(fragment{*page, 0, static_cast<u32>(bytes)})) {
        memory::release_frame(*page);
        return;
    }
    auto* u = reinterpret_cast<udp_wire*>(p->push(sizeof(udp_wire)));
    *u = {dhcp4_client_port, dhcp4_server_port, static_cast<u16>(bytes + sizeof *u), 0};
    const ip_address from = ip_address::v4(source), to = ip_address::v4_broadcast();
    checksum sum;
    sum.add_pseudo_header(from, to, protocol_udp, p->bytes());
    p->add_checksum(sum, 0, p->bytes());
    u->checksum = sum.field() == 0 ? u16{0xffff} : sum.field();
    ip_options options;
    options.dont_fragment = false;
    push_ipv4_header(*p, from, to, protocol_udp, options, 0, 0);
    push_ethernet(*p, mac_address::broadcast(), i.mac(), ether_ipv4);
    transmit_frame(i, std::move(p));
}

void send_arp_probe(interface& i, u32 address) noexcept {
    send_arp(i, 0, address);
}
void send_arp_announcement(interface& i, u32 address) noexcept {
    send_arp(i, address, address);
}

}  // namespace osprey::net
