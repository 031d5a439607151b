// SPDX-License-Identifier: BSD-3-Clause
// Where packets and ICMP errors for TCP come in: finds whom they are for. Runs in the receive
// thread of a device, or in a sender's thread on loopback, maybe while he has his own connection
// locked.
#include <memory/frame.hh>
#include <net/protocol.hh>
#include <net/statistics.hh>
#include <net/tcp/account.hh>
#include <net/tcp/listener.hh>
#include <net/tcp/protocol.hh>
#include <net/tcp/reply.hh>
#include <net/tcp/time_wait.hh>

namespace osprey::net::tcp {

namespace {

flow_key key_of(const packet& p) noexcept {
    flow_key k;
    k.local = p.destination;
    k.remote = p.source;
    k.local_port = p.destination_port;
    k.remote_port = p.source_port;
    k.scope = p.source.is_link_local() && p.device ? p.device->index() : 0;
    return k;
}

/// Belongs to no flow: a handshake begins, or somebody is told that there is nothing here.
void input_unknown(packet_ptr p, const flow_key& k, u32 hash, sequence_number start) noexcept {
    const u32 device = p->device ? p->device->index() : 0;
    const u8 flags = p->header<wire_header>()->flags;
    const bool opens = (flags & (flag_syn | flag_ack | flag_rst | flag_fin)) == flag_syn;
    if (auto l = listeners().find(k, hash, device)) {
        if (opens) {
            segment s;
            if (checksum_is_right(*p) && take_header(*p, s))
                l->input_syn(static_cast<packet_ptr&&>(p), s, k, start);
            return;
        }
        p = l->input_cookie(static_cast<packet_ptr&&>(p), k);
        if (!p)
            return;
    }
    segment s;
    if (!checksum_is_right(*p)) {
        count(statistic::tcp_in_errors);
        count(statistic::tcp_in_checksum_errors);
        return;
    }
    if (!take_header(*p, s))
        return;
    if (packet_ptr answer = make_reset(*p, s)) {
        count(statistic::tcp_out_resets);
        send_reply(static_cast<packet_ptr&&>(answer), device);
    }
}

void input_other(packet_ptr p, refptr<flow> f, const flow_key& k, u32 hash) noexcept {
    if (f->what == flow::kind::request) {
        auto& r = static_cast<request&>(*f);
        r.owner->input_request(static_cast<packet_ptr&&>(p), r);
        return;
    }
    sequence_number start = 0;
    p = static_cast<time_wait&>(*f).input(static_cast<packet_ptr&&>(p), start);
    if (p)
        input_unknown(static_cast<packet_ptr&&>(p), k, hash, start);
}

class tcp_protocol final : public transport_protocol {
public:
    void receive(packet_ptr p) noexcept override;
    void error(const icmp_error& e) noexcept override;
};

void tcp_protocol::receive(packet_ptr p) noexcept {
    count(statistic::tcp_in_segments, p->gso_segments ? p->gso_segments : 1);
    if (!p->pull_up(sizeof(wire_header)) || p->link_broadcast || p->destination.is_multicast() ||
        (p->header<wire_header>()->offset >> 4) < 5) [[unlikely]] {
        count(statistic::tcp_in_errors);
        return;
    }
    const auto* h = p->header<wire_header>();
    p->source_port = h->source_port;
    p->destination_port = h->destination_port;
    const flow_key k = key_of(*p);
    const u32 hash = flows().hash(k);
    endpoint_state* e = nullptr;
    endpoint_state::duty duty = endpoint_state::duty::none;
    refptr<flow> other;
    {
        sync::rcu_read_guard reading;
        flow* f = flows().find(k, hash);
        if (f && f->what == flow::kind::connection) [[likely]] {
            e = static_cast<endpoint_state*>(f);
            duty = e->push(static_cast<packet_ptr&&>(p));
        } else if (f && f->try_add_ref()) {
            other = refptr<flow>::adopt(f);
        }
    }
    if (e)
        e->perform(duty);
    else if (other)
        input_other(static_cast<packet_ptr&&>(p), static_cast<refptr<flow>&&>(other), k, hash);
    else
        input_unknown(static_cast<packet_ptr&&>(p), k, hash, 0);
}

errc errno_of(const icmp_error& e) noexcept {
    // Linux's icmp_err_convert and icmpv6_err_convert.
    switch (e.what) {
        case icmp_error::kind::port_unreachable:
            return errc::connection_refused;
        case icmp_error::kind::protocol_unreachable:
        case icmp_error::kind::parameter_problem:
            return errc::protocol_error;
        case icmp_error::kind::prohibited:
            return errc::access_denied;
        default:
            return errc::host_unreachable;
    }
}

void tcp_protocol::error(const icmp_error& e) noexcept {
    if (e.transport.size() < 8)
        return;
    flow_key k;
    k.local = e.source;
    k.remote = e.destination;
    k.local_port = load_big<u16>(e.transport.data());
    k.remote_port = load_big<u16>(e.transport.data() + 2);
    const sequence_number at = load_big<u32>(e.transport.data() + 4);
    const u32 hash = flows().hash(k);
    refptr<flow> found;
    {
        sync::rcu_read_guard reading;
        flow* f = flows().find(k, hash);
        if (f && f->try_add_ref())
            found = refptr<flow>::adopt(f);
    }
    if (!found)
        return;
    if (found->what == flow::kind::request && e.what != icmp_error::kind::too_big) {
        auto& r = static_cast<request&>(*found);
        if (at == r.agreed.local_start)
            r.owner->unreachable(r);
    } else if (found->what == flow::kind::connection) {
        auto& c = static_cast<endpoint_state&>(*found);
        c.keep_error(e, e.what == icmp_error::kind::too_big ? errc::message_too_long : errno_of(e));
        if (e.what == icmp_error::kind::too_big) {
            if (heeds_routers(c.discovery))
                learn_path_mtu(e.destination, e.mtu);
            c.tell(errc::message_too_long, e.mtu, at);
        } else {
            c.tell(errno_of(e), 0, at);
        }
    }
}

constinit tcp_protocol protocol;

}  // namespace

void send_reply(packet_ptr p, u32 device) noexcept {
    const ip_address to = p->destination, from = p->source;
    auto way = find_route({to, from, to.is_link_local() ? device : 0});
    if (!way)
        return;
    count(statistic::tcp_out_segments);
    (void)send_ip(**way, from, protocol_tcp, static_cast<packet_ptr&&>(p));
}

result<void> start_receiving() noexcept {
    TRY_VOID(flows().start());
    pressure_bytes.store(static_cast<i64>(memory::get_statistics().total * page_size / 8));
    register_protocol(protocol_tcp, protocol);
    return ok;
}

}  // namespace osprey::net::tcp
