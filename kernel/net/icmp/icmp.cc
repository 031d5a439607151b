// SPDX-License-Identifier: BSD-3-Clause
// ICMP for IPv4 (RFC 792, RFC 1122 §3.2.2): what comes in.
#include <net/checksum.hh>
#include <net/icmp/icmp.hh>
#include <net/ipv4/ipv4.hh>
#include <net/statistics.hh>
#include <trace/tracepoint.hh>

namespace osprey::net {
namespace {

constinit std::atomic<transport_protocol*> ping{nullptr};

void count_type(u8 type) noexcept {
    switch (type) {
        case icmp_echo_reply:
            count(statistic::icmp_in_echo_replies);
            return;
        case icmp_unreachable:
            count(statistic::icmp_in_unreachables);
            return;
        case icmp_source_quench:
            count(statistic::icmp_in_source_quenches);
            return;
        case icmp_redirect:
            count(statistic::icmp_in_redirects);
            return;
        case icmp_echo:
            count(statistic::icmp_in_echos);
            return;
        case icmp_time_exceeded:
            count(statistic::icmp_in_time_exceeded);
            return;
        case icmp_parameter_problem:
            count(statistic::icmp_in_parameter_problems);
            return;
        case icmp_timestamp:
            count(statistic::icmp_in_timestamps);
            return;
        case icmp_timestamp_reply:
            count(statistic::icmp_in_timestamp_replies);
            return;
        case icmp_address_mask:
            count(statistic::icmp_in_address_masks);
            return;
        case icmp_address_mask_reply:
            count(statistic::icmp_in_address_mask_replies);
            return;
        default:
            return;
    }
}

TRACEPOINT(net, icmp_echo, u32 bytes);
void answer_echo(const packet& p) noexcept {
    TRACE(icmp_echo, p.bytes());
    // An echo to many asks for a storm (RFC 1122 §3.2.2.6 lets us be silent).
    if (p.link_broadcast || address_type(p.destination) != route_local)
        return;
    auto way = find_route({p.source, p.destination, 0});
    packet_ptr answer =
        way ? p.slice(sizeof(icmp_header), p.bytes() - sizeof(icmp_header)) : nullptr;
    if (!answer)
        return;
    auto* h = reinterpret_cast<icmp_header*>(answer->push(sizeof(icmp_header)));
    std::memcpy(h, p.data(), sizeof *h);
    h->type = icmp_echo_reply;
    u16 before, after;
    std::memcpy(&before, p.data(), sizeof before);
    std::memcpy(&after, h, sizeof after);
    h->check = updated_checksum(h->check, before, after);
    ip_options options;
    options.traffic_class = p.traffic_class;
    options.dont_fragment = false;
    count(statistic::icmp_out_messages);
    count(statistic::icmp_out_echo_replies);
    (void)send_ip(**way, p.destination, protocol_icmp, std::move(answer), options);
}

icmp_error::kind kind_of(u8 type, u8 code) noexcept {
    using kind = icmp_error::kind;
    if (type == icmp_time_exceeded)
        return kind::time_exceeded;
    if (type == icmp_parameter_problem)
        return kind::parameter_problem;
    switch (code) {
        case icmp_protocol_unreachable:
            return kind::protocol_unreachable;
        case icmp_port_unreachable:
            return kind::port_unreachable;
        case icmp_fragmentation_needed:
            return kind::too_big;
        case icmp_net_prohibited:
        case icmp_host_prohibited:
        case icmp_prohibited:
            return kind::prohibited;
        default:
            return kind::unreachable;
    }
}

/// The next lower of the usual MTUs, for routers that do not tell theirs (RFC 1191 §7.1).
u32 next_plateau(u32 bytes) noexcept {
    for (const u32 plateau : {32000u, 17914u, 8166u, 4352u, 2002u, 1492u, 1006u, 508u, 296u})
        if (plateau < bytes)
            return plateau;
    return 68;
}

TRACEPOINT(net, icmp_error_in, u32 bytes);
/// An error about one of our packets, whose beginning it quotes.
void take_error(packet& p) noexcept {
    TRACE(icmp_error_in, p.bytes());
    constexpr usize quoted = 8, at = sizeof(icmp_header);
    if (!p.pull_up(at + sizeof(ipv4_header)))
        return;
    const ipv4_header inner = *reinterpret_cast<const ipv4_header*>(p.data() + at);
    const usize header = inner.header_bytes();
    if (inner.version_and_length >> 4 != 4 || header < sizeof inner ||
        !p.pull_up(at + header + quoted) || inner.fragment & ipv4_offset_mask)
        return;
    const icmp_header h = *p.header<icmp_header>();
    icmp_error e{};
    e.what = kind_of(h.type, h.code);
    e.type = h.type;
    e.code = h.code;
    e.offender = p.source;
    e.source = ip_address::v4(inner.source);
    e.destination = ip_address::v4(inner.destination);
    if (address_type(e.source) != route_local)
        return;
    if (e.what == icmp_error::kind::too_big)
        e.mtu = h.sequence != 0 ? u32{h.sequence} : next_plateau(inner.total_bytes);
    e.transport = {p.data() + at + header, p.linear_bytes() - at - header};
    deliver_error(inner.protocol, e);
}

class icmp_protocol final : public transport_protocol {
public:
    void receive(packet_ptr p) noexcept override {
        count(statistic::icmp_in_messages);
        if (!p->pull_up(sizeof(icmp_header))) {
            count(statistic::icmp_in_errors);
            return;
        }
        if (p->check != checksum_state::verified) {
            checksum sum;
            p->add_checksum(sum, 0, p->bytes());
            if (!sum.correct()) {
                count(statistic::icmp_in_checksum_errors);
                count(statistic::icmp_in_errors);
                return;
            }
            p->check = checksum_state::verified;
        }
        act(std::move(p));
    }
    /// About a message of our own: only who pings wants to know.
    void error(const icmp_error& e) noexcept override {
        if (transport_protocol* t = ping.load(std::memory_order_acquire))
            if (e.transport[0] == icmp_echo)
                t->error(e);
    }

private:
    static void act(packet_ptr p) noexcept {
        const u8 type = p->data()[0];
        count_type(type);
        switch (type) {
            case icmp_echo:
                answer_echo(*p);
                return;
            case icmp_echo_reply:
                if (transport_protocol* t = ping.load(std::memory_order_acquire))
                    t->receive(std::move(p));
                return;
            case icmp_unreachable:
            case icmp_time_exceeded:
            case icmp_parameter_problem:
                take_error(*p);
                return;
            default:
                return;  // redirects too: routes are not for strangers to change
        }
    }
};
constinit icmp_protocol icmp;

}  // namespace

void start_icmp() noexcept {
    register_protocol(protocol_icmp, icmp);
}

void register_ping(transport_protocol& p) noexcept {
    ping.store(&p, std::memory_order_release);
}

}  // namespace osprey::net
