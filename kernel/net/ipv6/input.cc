// SPDX-License-Identifier: BSD-3-Clause
#include <net/ipv6/extension.hh>
#include <net/ipv6/icmpv6.hh>
#include <net/ipv6/ipv6.hh>
#include <net/multicast.hh>
#include <net/reassembly.hh>
#include <net/statistics.hh>
#include <trace/tracepoint.hh>

namespace osprey::net {
namespace {

using end = extension_walk::end;

constexpr u8 code_header_field = 0, code_unknown_header = 1, code_incomplete_chain = 3;

constinit reassembler fragments{{statistic::ip6_reassembly_timeouts,
                                 statistic::ip6_reassembly_required, statistic::ip6_reassembled,
                                 statistic::ip6_reassembly_failures}};

/// @return false: dropped.
bool validate(packet& p) noexcept {
    if (!p.pull_up(sizeof(ipv6_header))) {
        count(statistic::ip6_in_header_errors);
        return false;
    }
    const auto* h = p.header<ipv6_header>();
    const u32 total = u32{h->payload_bytes} + static_cast<u32>(sizeof *h);
    if (h->version() != 6) {
        count(statistic::ip6_in_header_errors);
        return false;
    }
    if (total > p.bytes()) {
        count(statistic::ip6_in_truncated);
        return false;
    }
    p.truncate(total);  // links pad short frames
    return true;
}

/// Addresses that no packet from a wire can have (RFC 4291 §2.5.2, §2.5.3; RFC 4942 §2.2).
bool is_martian(const packet& p) noexcept {
    if (p.source.is_multicast() || p.source.is_v4() || p.destination.is_v4() ||
        p.destination.is_any())
        return true;
    if (p.destination.is_multicast() && multicast_scope(p.destination) == 0)
        return true;
    if (p.looped_back)
        return false;
    return p.source.is_loopback() || p.destination.is_loopback() ||
           (p.destination.is_multicast() && multicast_scope(p.destination) == 1);
}

bool is_for_us(const packet& p) noexcept {
    if (p.destination.is_multicast())
        return is_group_joined(*p.device, p.destination);
    bool ours = false, usable = false;
    p.device->for_each_address([&](const interface_address& mine) noexcept {
        if (mine.address != p.destination)
            return;
        ours = true;
        usable = !(mine.flags & (address_tentative | address_dad_failed));
    });
    if (ours) [[likely]]
        return usable;
    // The address of another interface: the weak host model. Link-local ones belong to one link.
    if (p.destination.is_link_local() && !p.looped_back)
        return false;
    return address_type(p.destination) == route_local;
}

void report_problem(packet& p, u8 code, u32 pointer) noexcept {
    count(statistic::ip6_in_header_errors);
    send_icmpv6_error(p, icmp_error::kind::parameter_problem, code, p.network_header + pointer);
}

void receive_fragment(packet_ptr p, const extension_walk& w, bool to_group) noexcept;

/// Walks on from `data()`: what is there is of kind `p->protocol`, announced at `next_field`.
void walk(packet_ptr p, extension_start start) noexcept {
    extension_walk w = walk_extensions({p->data(), p->linear_bytes()}, start, false);
    if (w.at == end::cut_short && p->linear_bytes() < p->bytes()) {
        const u32 most = packet::inline_bytes;
        if (p->pull_up(p->bytes() < most ? p->bytes() : most))
            w = walk_extensions({p->data(), p->linear_bytes()}, start, false);
    }
    switch (w.at) {
        case end::upper: {
            const u32 field = w.next_field;
            p->protocol = w.protocol;
            p->pull(w.offset);
            count(statistic::ip6_in_delivers);
            if (packet_ptr unwanted = deliver(std::move(p))) {
                count(statistic::ip6_in_unknown_protocols);
                // The pointer counts from the IPv6 header, which `network_header` leads back to.
                send_icmpv6_error(*unwanted, icmp_error::kind::parameter_problem,
                                  code_unknown_header, unwanted->network_header - w.offset + field);
            }
            return;
        }
        case end::fragment:
            receive_fragment(std::move(p), w, start.to_group);
            return;
        case end::problem:
            report_problem(*p, w.code, w.pointer);
            return;
        case end::no_next:
            return;
        case end::discard:
        case end::cut_short:
            count(statistic::ip6_in_header_errors);
            return;
    }
}

void receive_fragment(packet_ptr p, const extension_walk& w, bool to_group) noexcept {
    ipv6_fragment_header f;
    std::memcpy(&f, p->data() + w.offset, sizeof f);
    const bool more = f.offset_and_more & 1;
    const u32 offset = f.offset_and_more & 0xfff8;
    const u32 header_end = w.offset + static_cast<u32>(sizeof f);
    const u32 payload = p->bytes() - header_end;
    if (more && payload % 8 != 0)
        return report_problem(*p, code_header_field, 4);
    if (offset + payload + p->network_header + header_end - sizeof(ipv6_header) > 65535)
        return report_problem(*p, code_header_field, w.offset + 2);
    if (offset == 0) {
        // The whole header chain must be in the first fragment (RFC 7112).
        const extension_walk rest =
            walk_extensions({p->data(), p->linear_bytes()},
                            {f.next_header, header_end, w.offset, false, to_group}, true);
        if (rest.at == end::cut_short || (rest.at == end::upper && rest.offset == p->bytes()))
            return report_problem(*p, code_incomplete_chain, 0);
    }
    p->protocol = f.next_header;
    if (offset == 0 && !more) {
        // Atomic: whole by itself, whatever else has the same identification (RFC 6946).
        p->pull(header_end);
        return walk(std::move(p), {f.next_header, 0, 0, false, to_group});
    }
    reassembler::fragment_place place;
    place.source = p->source;
    place.destination = p->destination;
    place.id = f.identification;
    place.offset = offset;
    place.last = !more;
    p->pull(header_end);
    if (packet_ptr whole = fragments.add(place, std::move(p))) {
        const u8 protocol = whole->protocol;
        walk(std::move(whole), {protocol, 0, 0, false, to_group});
    }
}

}  // namespace

TRACEPOINT(net, net_packet_handling6, u32 bytes);
void receive_ipv6(packet_ptr p) noexcept {
    TRACE(net_packet_handling6, p->bytes());
    count(statistic::ip6_in_receives);
    count(statistic::ip6_in_octets, p->bytes());
    if (!validate(*p))
        return;
    const auto* h = p->header<ipv6_header>();
    p->source = ip_address::from_v6(h->source);
    p->destination = ip_address::from_v6(h->destination);
    p->hop_limit = h->hop_limit;
    p->traffic_class = h->traffic_class();
    p->network_header = 0;
    if (is_martian(*p) || !is_for_us(*p)) [[unlikely]] {
        if (!p->link_broadcast)
            count(statistic::ip6_in_address_errors);
        return;
    }
    if (p->destination.is_multicast()) {
        count(statistic::ip6_in_multicasts);
        count(statistic::ip6_in_multicast_octets, p->bytes());
    }
    const extension_start start{h->next_header, sizeof(ipv6_header), 6, true,
                                p->destination.is_multicast()};
    walk(std::move(p), start);
}

}  // namespace osprey::net
