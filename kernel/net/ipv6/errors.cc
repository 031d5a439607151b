// SPDX-License-Identifier: BSD-3-Clause
// ICMPv6 errors of our own (RFC 4443 §2.4).
#include <net/checksum.hh>
#include <net/icmp/icmp.hh>
#include <net/ipv6/extension.hh>
#include <net/ipv6/ipv6.hh>
#include <net/statistics.hh>

namespace osprey::net {
namespace {

u8 type_of(icmp_error::kind what) noexcept {
    switch (what) {
        case icmp_error::kind::too_big:
            return icmpv6_too_big;
        case icmp_error::kind::time_exceeded:
            return icmpv6_time_exceeded;
        case icmp_error::kind::parameter_problem:
        case icmp_error::kind::protocol_unreachable:
            return icmpv6_parameter_problem;
        default:
            return icmpv6_unreachable;
    }
}

/// Errors are not answered by errors, nor are redirects (§2.4 e).
bool is_error_message(std::span<const u8> quoted) noexcept {
    const auto* h = reinterpret_cast<const ipv6_header*>(quoted.data());
    const extension_walk w = walk_extensions(
        quoted, {h->next_header, sizeof(ipv6_header), 6, true, h->destination[0] == 0xff}, true);
    if (w.at != extension_walk::end::upper || w.protocol != protocol_icmpv6 ||
        w.offset >= quoted.size())
        return false;
    return quoted[w.offset] < 128 || quoted[w.offset] == icmpv6_redirect;
}

bool may_be_answered(const packet& p, icmp_error::kind what, u8 code) noexcept {
    constexpr u8 unknown_option = 2;
    if (p.source.is_any() || p.source.is_multicast())
        return false;
    const bool to_many = p.destination.is_multicast() || p.link_broadcast;
    const bool even_then = what == icmp_error::kind::too_big ||
                           (what == icmp_error::kind::parameter_problem && code == unknown_option);
    return !to_many || even_then;
}

}  // namespace

void send_icmpv6_error(const packet& offending, icmp_error::kind what, u8 code,
                       u32 argument) noexcept {
    // The headers are still in front of `data()`, unless that had to be made contiguous elsewhere.
    const u32 before = offending.network_header;
    if (before > offending.headroom() || !may_be_answered(offending, what, code))
        return;
    const u8* start = offending.data() - before;
    const std::span<const u8> quoted{start, before + offending.linear_bytes()};
    if (quoted.size() < sizeof(ipv6_header) || is_error_message(quoted) ||
        !icmp_error_allowed(offending.source))
        return;
    route_query q;
    q.destination = offending.source;
    q.source = offending.destination.is_multicast() ? ip_address{} : offending.destination;
    q.device = offending.source.is_link_local() ? offending.device->index() : 0;
    auto way = find_route(q);
    constexpr usize most_quoted = ipv6_least_mtu - sizeof(ipv6_header) - sizeof(icmpv6_header);
    const u32 behind = offending.bytes() < most_quoted - (before < most_quoted ? before : 0)
                           ? offending.bytes()
                           : static_cast<u32>(most_quoted - before);
    packet_ptr p = way && before < packet::header_room ? offending.slice(0, behind) : nullptr;
    if (!p || p->headroom() < before + sizeof(icmpv6_header) + sizeof(ipv6_header) + 16) {
        count(statistic::icmp6_out_errors);
        return;
    }
    std::memcpy(p->push(before), start, before);
    auto* h = reinterpret_cast<icmpv6_header*>(p->push(sizeof(icmpv6_header)));
    *h = {type_of(what), code, 0, argument};
    const ip_address source = q.source.is_any() ? (*way)->source : q.source;
    checksum sum;
    sum.add_pseudo_header(source, offending.source, protocol_icmpv6, p->bytes());
    p->add_checksum(sum, 0, p->bytes());
    h->checksum = sum.field();
    ip_options options;
    options.dont_fragment = false;
    count(statistic::icmp6_out_messages);
    (void)send_ip(**way, source, protocol_icmpv6, std::move(p), options);
}

}  // namespace osprey::net
