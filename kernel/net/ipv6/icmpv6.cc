// SPDX-License-Identifier: BSD-3-Clause
#include <net/checksum.hh>
#include <net/ipv6/extension.hh>
#include <net/ipv6/icmpv6.hh>
#include <net/ipv6/ipv6.hh>
#include <net/statistics.hh>

namespace osprey::net {
namespace {

constinit std::atomic<transport_protocol*> ping{nullptr};

icmp_error::kind kind_of(u8 type, u8 code) noexcept {
    switch (type) {
        case icmpv6_too_big:
            return icmp_error::kind::too_big;
        case icmpv6_time_exceeded:
            return icmp_error::kind::time_exceeded;
        case icmpv6_parameter_problem:
            return code == 1 ? icmp_error::kind::protocol_unreachable
                             : icmp_error::kind::parameter_problem;
        default:
            break;
    }
    if (code == 4)
        return icmp_error::kind::port_unreachable;
    return code == 1 || code == 5 || code == 6 ? icmp_error::kind::prohibited
                                               : icmp_error::kind::unreachable;
}

/// RFC 4443 §3: the packet that was the cause follows, as much of it as there was room for.
void receive_error(packet& p) noexcept {
    const u32 most = p.bytes() < packet::inline_bytes ? p.bytes() : packet::inline_bytes;
    if (!p.pull_up(most) || p.linear_bytes() < sizeof(icmpv6_header) + sizeof(ipv6_header))
        return;
    const icmpv6_header h = *p.header<icmpv6_header>();
    const std::span<const u8> quoted{p.data() + sizeof h, p.linear_bytes() - sizeof h};
    const auto* inner = reinterpret_cast<const ipv6_header*>(quoted.data());
    const extension_walk w = walk_extensions(
        quoted, {inner->next_header, sizeof(ipv6_header), 6, true, inner->destination[0] == 0xff},
        true);
    if (w.at != extension_walk::end::upper || quoted.size() < w.offset + 8)
        return;
    icmp_error e{};
    e.what = kind_of(h.type, h.code);
    e.type = h.type;
    e.code = h.code;
    if (h.type == icmpv6_too_big)
        e.mtu = h.rest < ipv6_least_mtu ? ipv6_least_mtu : u32{h.rest};  // RFC 8201 §4
    e.offender = p.source;
    e.source = ip_address::from_v6(inner->source);
    e.destination = ip_address::from_v6(inner->destination);
    e.transport = quoted.subspan(w.offset);
    if (w.protocol == protocol_icmpv6 && e.transport[0] == icmpv6_echo_request)
        if (transport_protocol* t = ping.load(std::memory_order_acquire))
            t->error(e);
    deliver_error(w.protocol, e);
}

void answer_echo(const packet& p) noexcept {
    route_query q;
    q.destination = p.source;
    q.source = p.destination.is_multicast() ? ip_address{} : p.destination;
    q.device = p.source.is_link_local() ? p.device->index() : 0;
    auto way = find_route(q);
    if (!way)
        return;
    packet_ptr reply = p.slice(4, p.bytes() - 4);
    if (!reply)
        return;
    const ip_address source = q.source.is_any() ? (*way)->source : q.source;
    u8* header = reply->push(4);
    const u8 start[4] = {icmpv6_echo_reply, 0, 0, 0};
    std::memcpy(header, start, sizeof start);
    checksum sum;
    sum.add_pseudo_header(source, p.source, protocol_icmpv6, reply->bytes());
    reply->add_checksum(sum, 0, reply->bytes());
    const u16 field = sum.field();
    std::memcpy(header + 2, &field, sizeof field);
    ip_options options;
    options.traffic_class = p.traffic_class;
    options.dont_fragment = false;
    count(statistic::icmp6_out_messages);
    (void)send_ip(**way, source, protocol_icmpv6, std::move(reply), options);
}

class icmpv6_protocol final : public transport_protocol {
public:
    void receive(packet_ptr p) noexcept override {
        count(statistic::icmp6_in_messages);
        if (!p->pull_up(4) || !is_correct(*p)) {
            count(statistic::icmp6_in_errors);
            return;
        }
        switch (*p->data()) {
            case icmpv6_unreachable:
            case icmpv6_too_big:
            case icmpv6_time_exceeded:
            case icmpv6_parameter_problem:
                return receive_error(*p);
            case icmpv6_echo_request:
                if (p->bytes() >= sizeof(icmpv6_header))
                    answer_echo(*p);
                return;
            case icmpv6_echo_reply:
                if (transport_protocol* t = ping.load(std::memory_order_acquire))
                    t->receive(std::move(p));
                return;
            case icmpv6_router_advertisement:
            case icmpv6_neighbour_solicitation:
            case icmpv6_neighbour_advertisement:
            case icmpv6_redirect:
                return receive_ndp(std::move(p));
            case icmpv6_mld_query:
            case icmpv6_mld_report:
                return receive_mld(std::move(p));
            default:
                return;  // unknown informational ones are ignored (RFC 4443 §2.4 b)
        }
    }

private:
    static bool is_correct(packet& p) noexcept {
        if (p.check == checksum_state::verified)
            return true;
        checksum sum;
        sum.add_pseudo_header(p.source, p.destination, protocol_icmpv6, p.bytes());
        p.add_checksum(sum, 0, p.bytes());
        if (!sum.correct())
            return false;
        p.check = checksum_state::verified;
        return true;
    }
};
constinit icmpv6_protocol protocol;

}  // namespace

void start_icmpv6() noexcept {
    register_protocol(protocol_icmpv6, protocol);
}

void register_ping6(transport_protocol& p) noexcept {
    ping.store(&p, std::memory_order_release);
}

}  // namespace osprey::net
