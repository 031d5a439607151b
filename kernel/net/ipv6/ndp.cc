// SPDX-License-Identifier: BSD-3-Clause
// Neighbour discovery (RFC 4861): who asks for us, who answers, and what routers say.
#include <base/log.hh>
#include <net/checksum.hh>
#include <net/configuration.hh>
#include <net/ethernet.hh>
#include <net/ipv6/icmpv6.hh>
#include <net/ipv6/ipv6.hh>
#include <net/ipv6/ndp_message.hh>
#include <net/multicast.hh>
#include <net/neighbour.hh>
#include <net/output.hh>
#include <net/statistics.hh>

namespace osprey::net {
namespace {

enum class own : u8 { no, yes, tentative };

own ownership(const interface& i, const ip_address& a) noexcept {
    own answer = own::no;
    i.for_each_address([&](const interface_address& mine) noexcept {
        if (mine.address == a && !(mine.flags & address_dad_failed))
            answer = mine.flags & address_tentative ? own::tentative : own::yes;
    });
    return answer;
}

mac_address link_source(const packet& p) noexcept {
    mac_address m;
    if (p.link_header >= sizeof(ethernet_header) && p.link_header <= p.headroom())
        m = reinterpret_cast<const ethernet_header*>(p.data() - p.link_header)->source;
    return m;
}

void answer(const packet& p, const neighbour_solicitation& s) noexcept {
    interface& i = *p.device;
    u8 message[32];
    const bool asked_by_nobody = p.source.is_any();
    const ip_address& to = asked_by_nobody ? all_nodes : p.source;
    const usize n = build_advertisement(message, s.target, i.mac(), !asked_by_nobody, true);
    const mac_address mac = asked_by_nobody ? group_mac(all_nodes)
                            : s.has_mac     ? s.mac
                                            : link_source(p);
    if (!mac.is_zero())
        send_on_link_icmpv6(i, s.target, to, mac, {message, n}, false);
}

void receive_solicitation(const packet& p, std::span<const u8> message) noexcept {
    neighbour_solicitation s;
    if (!parse_solicitation(message, p.source, p.destination, p.hop_limit, s))
        return;
    switch (ownership(*p.device, s.target)) {
        case own::no:
            return;
        case own::tentative:
            // Whoever asks from `::` is about to take the address as we are (RFC 4862 §5.4.3).
            if (p.source.is_any() && link_source(p) != p.device->mac())
                tell_configuration_duplicate(*p.device, s.target);
            return;
        case own::yes:
            break;
    }
    if (!p.source.is_any() && s.has_mac)
        heard_from_neighbour(
            *p.device,
            {.address = p.source, .mac = s.mac, .has_mac = true, .news = neighbour_news::request});
    answer(p, s);
}

void receive_advertisement(const packet& p, std::span<const u8> message) noexcept {
    neighbour_advertisement a;
    if (!parse_advertisement(message, p.destination, p.hop_limit, a))
        return;
    switch (ownership(*p.device, a.target)) {
        case own::tentative:
            tell_configuration_duplicate(*p.device, a.target);
            return;
        case own::yes:
            if (!p.looped_back)
                log::warning("{}: {} says that {} is his", p.device->name(),
                             to_text(link_source(p)).view(), to_text(a.target).view());
            return;
        case own::no:
            break;
    }
    heard_from_neighbour(
        *p.device, {.address = a.target,
                    .mac = a.mac,
                    .has_mac = a.has_mac,
                    .news = a.solicited ? neighbour_news::answer : neighbour_news::announcement,
                    .override = a.override,
                    .router = a.router});
}

}  // namespace

void receive_ndp(packet_ptr p) noexcept {
    // Short ones are contiguous as they came; long advertisements are copied by their reader.
    const u32 most = p->bytes() < packet::inline_bytes ? p->bytes() : packet::inline_bytes;
    if (p->hop_limit != 255 || !p->pull_up(most))
        return;
    const std::span<const u8> message{p->data(), p->linear_bytes()};
    switch (message[0]) {
        case icmpv6_neighbour_solicitation:
            return receive_solicitation(*p, message);
        case icmpv6_neighbour_advertisement:
            return receive_advertisement(*p, message);
        default:
            tell_configuration(configuration_news::router_message, std::move(p));
            return;
    }
}

void solicit_neighbour(interface& out, const ip_address& target, const ip_address& source,
                       const mac_address* unicast_to) noexcept {
    ip_address from = source;
    if (from.is_any() || ownership(out, from) != own::yes)
        from = select_source_address(out, target);
    if (from.is_any())
        return;
    u8 message[32];
    const mac_address ours = out.mac();
    const usize n = build_solicitation(message, target, &ours);
    const ip_address to = unicast_to ? target : solicited_node_group(target);
    send_on_link_icmpv6(out, from, to, unicast_to ? *unicast_to : group_mac(to), {message, n},
                        false);
}

void send_on_link_icmpv6(interface& out, const ip_address& source, const ip_address& destination,
                         const mac_address& to, std::span<const u8> message, bool alert) noexcept {
    if (out.is_loopback() || !out.can_send())
        return;
    packet_ptr p = packet::make();
    if (!p)
        return;
    p->append(message.data(), message.size());
    checksum sum;
    sum.add_pseudo_header(source, destination, protocol_icmpv6, p->bytes());
    sum.add(p->data(), p->bytes());
    p->header<icmpv6_header>()->checksum = sum.field();
    if (alert) {
        constexpr u8 hop_by_hop[8] = {protocol_icmpv6, 0, 5, 2, 0, 0, 1, 0};  // RFC 2711
        std::memcpy(p->push(sizeof hop_by_hop), hop_by_hop, sizeof hop_by_hop);
    }
    const u32 payload = p->bytes();
    auto* h = reinterpret_cast<ipv6_header*>(p->push(sizeof(ipv6_header)));
    h->set_first_word(0, 0);
    h->payload_bytes = static_cast<u16>(payload);
    h->next_header = alert ? u8{extension_hop_by_hop} : u8{protocol_icmpv6};
    h->hop_limit = alert ? 1 : 255;
    source.store_v6(h->source);
    destination.store_v6(h->destination);
    push_ethernet(*p, to, out.mac(), ether_ipv6);
    count(statistic::icmp6_out_messages);
    transmit_frame(out, std::move(p));
}

}  // namespace osprey::net
