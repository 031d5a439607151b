// SPDX-License-Identifier: BSD-3-Clause
#include <net/checksum.hh>
#include <net/interface.hh>
#include <net/ipv4/ipv4.hh>
#include <net/multicast.hh>
#include <net/protocol.hh>
#include <net/reassembly.hh>
#include <net/statistics.hh>
#include <trace/tracepoint.hh>

namespace osprey::net {
namespace {

constinit reassembler fragments{{statistic::ip_reassembly_timeouts,
                                 statistic::ip_reassembly_required, statistic::ip_reassembled,
                                 statistic::ip_reassembly_failures}};

bool has_right_checksum(const ipv4_header& h, usize bytes) noexcept {
    if (bytes == sizeof h) [[likely]]
        return folded_ipv4_header(h) == 0xffff;
    checksum sum;
    sum.add(&h, bytes);
    return sum.correct();
}

/// Makes the header contiguous and believes it (RFC 1122 §3.2.1). @return null: dropped.
const ipv4_header* validate(packet& p) noexcept {
    if (!p.pull_up(sizeof(ipv4_header))) {
        count(statistic::ip_in_header_errors);
        return nullptr;
    }
    const auto* h = p.header<ipv4_header>();
    const usize header = h->header_bytes();
    const u16 total = h->total_bytes;
    if (h->version_and_length >> 4 != 4 || header < sizeof *h || total < header) {
        count(statistic::ip_in_header_errors);
        return nullptr;
    }
    if (total > p.bytes()) {
        count(statistic::ip_in_truncated);
        return nullptr;
    }
    p.truncate(total);  // links pad short frames
    if (header != sizeof *h) [[unlikely]] {
        if (!p.pull_up(header) ||
            !acceptable_ipv4_options(p.data() + sizeof *h, header - sizeof *h)) {
            count(statistic::ip_in_header_errors);
            return nullptr;
        }
        h = p.header<ipv4_header>();
    }
    if (!has_right_checksum(*h, header)) {
        count(statistic::ip_in_checksum_errors);
        count(statistic::ip_in_header_errors);
        return nullptr;
    }
    return h;
}

/// Sources that no packet from a wire can have (RFC 1122 §3.2.1.3).
bool is_martian(const packet& p, u32 source, u32 destination) noexcept {
    if (source >> 28 >= 0xe)  // multicast, reserved, broadcast
        return true;
    if (p.looped_back)
        return false;
    return source >> 24 == 127 || destination >> 24 == 127;
}

/// Whether it is for this machine, and why.
bool is_for_us(packet& p) noexcept {
    const interface& device = *p.device;
    if (device.has_address(p.destination)) [[likely]]
        return true;
    const u32 bytes = p.bytes();
    if (p.destination.is_multicast()) {
        if (!is_group_joined(device, p.destination))
            return false;
        count(statistic::ip_in_multicasts);
        count(statistic::ip_in_multicast_octets, bytes);
        return true;
    }
    if (p.destination == ip_address::v4_broadcast() || device.is_broadcast(p.destination)) {
        count(statistic::ip_in_broadcasts);
        count(statistic::ip_in_broadcast_octets, bytes);
        return true;
    }
    // An address of another interface of ours: the weak model of RFC 1122 §3.3.4.2, as Linux.
    return address_type(p.destination) == route_local;
}

void deliver_ipv4(packet_ptr p) noexcept {
    count(statistic::ip_in_delivers);
    if (packet_ptr unwanted = deliver(std::move(p))) {
        count(statistic::ip_in_unknown_protocols);
        send_icmp_error(*unwanted, icmp_error::kind::protocol_unreachable);
    }
}

TRACEPOINT(net, net_fragment_in, u32 bytes);
[[gnu::cold, gnu::noinline]] void receive_fragment(packet_ptr p, const ipv4_header& h) noexcept {
    TRACE(net_fragment_in, p->bytes());
    const u16 field = h.fragment;
    reassembler::fragment_place place;
    place.source = p->source;
    place.destination = p->destination;
    place.id = h.id;
    place.protocol = h.protocol;
    place.offset = (field & ipv4_offset_mask) * 8u;
    place.last = !(field & ipv4_more_fragments);
    p->pull(h.header_bytes());
    if (packet_ptr whole = fragments.add(place, std::move(p)))
        deliver_ipv4(std::move(whole));
}

}  // namespace

bool acceptable_ipv4_options(const u8* options, usize bytes) noexcept {
    constexpr u8 end = 0, nothing = 1, loose_route = 131, strict_route = 137;
    for (usize at = 0; at < bytes;) {
        const u8 type = options[at];
        if (type == end)
            return true;
        if (type == nothing) {
            ++at;
            continue;
        }
        if (at + 1 >= bytes || options[at + 1] < 2 || at + options[at + 1] > bytes)
            return false;
        if (type == loose_route || type == strict_route)
            return false;
        at += options[at + 1];
    }
    return true;
}

TRACEPOINT(net, net_packet_handling, u32 bytes);
void receive_ipv4(packet_ptr p) noexcept {
    TRACE(net_packet_handling, p->bytes());
    count(statistic::ip_in_receives);
    count(statistic::ip_in_octets, p->bytes());
    const ipv4_header* h = validate(*p);
    if (!h)
        return;
    const u32 source = h->source, destination = h->destination;
    p->source = ip_address::v4(source);
    p->destination = ip_address::v4(destination);
    p->protocol = h->protocol;
    p->hop_limit = h->time_to_live;
    p->traffic_class = h->traffic_class;
    p->network_header = 0;
    if (is_martian(*p, source, destination) || !is_for_us(*p)) [[unlikely]] {
        // Overheard ones are no errors.
        if (!p->link_broadcast)
            count(statistic::ip_in_address_errors);
        return;
    }
    if (h->fragment & (ipv4_more_fragments | ipv4_offset_mask)) [[unlikely]] {
        const ipv4_header copy = *h;
        receive_fragment(std::move(p), copy);
        return;
    }
    p->pull(h->header_bytes());
    deliver_ipv4(std::move(p));
}

}  // namespace osprey::net
