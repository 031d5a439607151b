// SPDX-License-Identifier: BSD-3-Clause
// ARP for IPv4 on Ethernet (RFC 826).
#include <net/arp/arp.hh>
#include <net/ethernet.hh>
#include <net/neighbour.hh>
#include <net/output.hh>
#include <net/route.hh>
#include <trace/tracepoint.hh>

namespace osprey::net {
namespace {

struct arp_message {
    be16 hardware, protocol;
    u8 hardware_bytes, protocol_bytes;
    be16 operation;
    mac_address sender_mac;
    be32 sender;
    mac_address target_mac;
    be32 target;
};
static_assert(sizeof(arp_message) == 28);
constexpr u16 on_ethernet = 1, request = 1, reply = 2;

void send_message(interface& device, u16 operation, mac_address to, const ip_address& sender,
                  mac_address target_mac, const ip_address& target) noexcept {
    packet_ptr p = packet::make();
    if (!p || !device.can_send())
        return;
    auto* m = reinterpret_cast<arp_message*>(p->append(sizeof(arp_message)));
    m->hardware = on_ethernet;
    m->protocol = ether_ipv4;
    m->hardware_bytes = sizeof(mac_address);
    m->protocol_bytes = 4;
    m->operation = operation;
    m->sender_mac = device.mac();
    m->sender = sender.v4();
    m->target_mac = target_mac;
    m->target = target.v4();
    push_ethernet(*p, to, device.mac(), ether_arp);
    transmit_frame(device, std::move(p));
}

bool usable(const arp_message& m) noexcept {
    return m.hardware == on_ethernet && m.protocol == ether_ipv4 &&
           m.hardware_bytes == sizeof(mac_address) && m.protocol_bytes == 4 &&
           !m.sender_mac.is_multicast() && !m.sender_mac.is_zero();
}

/// Whom the message tells about, and how sure it is.
void learn(interface& device, const arp_message& m, bool for_us) noexcept {
    neighbour_message news;
    news.address = ip_address::v4(m.sender);
    news.mac = m.sender_mac;
    if (m.operation == reply)
        news.news = for_us ? neighbour_news::answer : neighbour_news::announcement;
    else
        news.news = for_us ? neighbour_news::request : neighbour_news::announcement;
    heard_from_neighbour(device, news);
}

}  // namespace

TRACEPOINT(net, arp_in, u32 bytes);
void receive_arp(packet_ptr p) noexcept {
    TRACE(arp_in, p->bytes());
    interface& device = *p->device;
    if (!p->pull_up(sizeof(arp_message)) || device.flags() & if_noarp)
        return;
    const arp_message m = *p->header<arp_message>();
    if (!usable(m))
        return;
    const ip_address sender = ip_address::v4(m.sender), target = ip_address::v4(m.target);
    // Nobody speaks for all, for many, or in our own name.
    if (sender.is_multicast() || sender == ip_address::v4_broadcast() || device.has_address(sender))
        return;
    const bool for_us = device.has_address(target);
    if (m.operation == request && for_us) {
        // Answered even if the sender has no address yet (a probe of RFC 5227).
        if (!sender.is_any())
            learn(device, m, true);
        send_message(device, reply, m.sender_mac, target, m.sender_mac, sender);
    } else if (!sender.is_any() && (m.operation == request || m.operation == reply)) {
        learn(device, m, for_us && m.operation == reply);
    }
}

void send_arp_request(interface& device, const ip_address& target,
                      const mac_address* directly) noexcept {
    const ip_address sender = device.ipv4_source(target);
    send_message(device, request, directly ? *directly : mac_address::broadcast(),
                 sender.is_any() ? ip_address::v4_any() : sender, mac_address{}, target);
}

void announce_by_arp(interface& device, const ip_address& address) noexcept {
    send_message(device, request, mac_address::broadcast(), address, mac_address{}, address);
}

void announce_addresses(interface& device) noexcept {
    ip_address mine[16];
    usize count = 0;
    device.for_each_address([&](const interface_address& a) noexcept {
        if (a.address.is_v4() && count < std::size(mine))
            mine[count++] = a.address;
    });
    for (usize i = 0; i < count; ++i)
        announce_by_arp(device, mine[i]);
}

}  // namespace osprey::net
