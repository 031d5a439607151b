// SPDX-License-Identifier: BSD-3-Clause
// ICMP errors that this machine sends (RFC 1122 §3.2.2), and how many (RFC 1812 §4.3.2.8).
#include <base/hash.hh>
#include <net/checksum.hh>
#include <net/icmp/icmp.hh>
#include <net/ipv4/ipv4.hh>
#include <net/statistics.hh>
#include <sched/clock.hh>

namespace osprey::net {
namespace {

/// Tokens that come back with time.
struct token_bucket {
    u64 tokens_ns = 0;  // what has been saved up, as the time it took
    instant last;

    bool take(instant now, u64 ns_per_token, u64 most) noexcept {
        const u64 passed = now.ns - last.ns;
        const u64 full = ns_per_token * most;
        tokens_ns = passed > full - tokens_ns ? full : tokens_ns + passed;
        last = now;
        if (tokens_ns < ns_per_token)
            return false;
        tokens_ns -= ns_per_token;
        return true;
    }
};
constexpr u64 second = 1'000'000'000, per_host_burst = 6, per_second = 1000, burst = 50;

constinit sync::mutex mutex{sync::lock_rank::network_neighbours};
constinit token_bucket everybody;
struct host_bucket {
    ip_address host;
    token_bucket tokens;
};
constinit host_bucket hosts[256];

bool may_be_answered(const packet& p) noexcept {
    if (p.link_broadcast || p.network_header < sizeof(ipv4_header))
        return false;
    const u32 source = p.source.v4();
    if (source == 0 || source >> 28 >= 0xe || (source >> 24 == 127 && !p.looped_back))
        return false;
    if (address_type(p.destination) != route_local || address_type(p.source) == route_broadcast)
        return false;
    if (p.protocol != protocol_icmp)
        return true;
    // Never an error about an error; only about questions and answers.
    const u8 type = p.bytes() ? p.data()[0] : 0xff;
    return type == icmp_echo || type == icmp_echo_reply || type == icmp_timestamp ||
           type == icmp_timestamp_reply;
}

struct wire_form {
    u8 type, code;
};
wire_form form_of(icmp_error::kind what) noexcept {
    using kind = icmp_error::kind;
    switch (what) {
        case kind::unreachable:
            return {icmp_unreachable, icmp_host_unreachable};
        case kind::port_unreachable:
            return {icmp_unreachable, icmp_port_unreachable};
        case kind::protocol_unreachable:
            return {icmp_unreachable, icmp_protocol_unreachable};
        case kind::prohibited:
            return {icmp_unreachable, icmp_prohibited};
        case kind::too_big:
            return {icmp_unreachable, icmp_fragmentation_needed};
        case kind::time_exceeded:
            return {icmp_time_exceeded, 1};  // of reassembly: we forward nothing
        case kind::parameter_problem:
            return {icmp_parameter_problem, 0};
    }
    return {icmp_unreachable, icmp_host_unreachable};
}

void count_sent(u8 type) noexcept {
    count(statistic::icmp_out_messages);
    if (type == icmp_unreachable)
        count(statistic::icmp_out_unreachables);
    else if (type == icmp_time_exceeded)
        count(statistic::icmp_out_time_exceeded);
    else
        count(statistic::icmp_out_parameter_problems);
}

/// The error as far as the IP header, quoting as much as 576 bytes hold (RFC 1812 §4.3.2.3).
packet_ptr make_error(const packet& about, wire_form form, u32 mtu) noexcept {
    constexpr u32 most_quoted = 576 - sizeof(ipv4_header) - sizeof(icmp_header);
    const u32 header = about.network_header;
    u32 body = about.bytes();
    body = header + body > most_quoted ? most_quoted - header : body;
    packet_ptr p = about.slice(0, body);
    if (!p)
        return p;
    std::memcpy(p->push(header), about.data() - header, header);
    auto* h = reinterpret_cast<icmp_header*>(p->push(sizeof(icmp_header)));
    *h = {form.type, form.code, 0, u16{0}, static_cast<u16>(mtu)};
    checksum sum;
    p->add_checksum(sum, 0, p->bytes());
    h->check = sum.field();
    return p;
}

}  // namespace

bool icmp_error_allowed(const ip_address& to) noexcept {
    const instant now = sched::monotonic_now();
    sync::lock_guard guard{mutex};
    host_bucket& host = hosts[mix(to.low(), to.high()) % std::size(hosts)];
    if (host.host != to)
        host = {to, {per_host_burst * second, now}};
    if (!host.tokens.take(now, second, per_host_burst)) {
        count(statistic::icmp_out_rate_limited_host);
        return false;
    }
    if (everybody.take(now, second / per_second, burst))
        return true;
    count(statistic::icmp_out_rate_limited_global);
    return false;
}

void send_icmpv4_error(packet& about, icmp_error::kind what, u32 mtu) noexcept {
    if (!may_be_answered(about) || !icmp_error_allowed(about.source))
        return;
    auto way = find_route({about.source, about.destination, 0});
    const wire_form form = form_of(what);
    packet_ptr p = way ? make_error(about, form, mtu) : nullptr;
    if (!p) {
        count(statistic::icmp_out_errors);
        return;
    }
    ip_options options;
    options.traffic_class = 0xc0;  // internetwork control (RFC 1812 §4.3.2.5)
    options.dont_fragment = false;
    count_sent(form.type);
    (void)send_ip(**way, about.destination, protocol_icmp, std::move(p), options);
}

}  // namespace osprey::net
