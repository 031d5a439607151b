// SPDX-License-Identifier: BSD-3-Clause
// Sending by UDP: at once, or collected first (UDP_CORK, MSG_MORE).
#include <net/checksum.hh>
#include <net/statistics.hh>
#include <net/udp/header.hh>
#include <net/udp/udp.hh>
#include <trace/tracepoint.hh>

namespace osprey::net {

namespace {
constexpr usize most_segments = 64;  // UDP_MAX_SEGMENTS
constexpr usize ipv4_header_bytes = 20, ipv6_header_bytes = 40;

constexpr usize most_payload(bool v4) noexcept {
    return 65535 - sizeof(udp_header) - (v4 ? ipv4_header_bytes : 0);
}
}  // namespace

result<endpoint> udp_socket::target_of(const message& m) noexcept {
    if (m.name && m.name->length != 0) {
        const endpoint e = TRY(destination_of(*m.name));
        if (e.port == 0)
            return errc::invalid_argument;
        return e;
    }
    if (!is_connected())
        return errc::no_destination;
    sync::rcu_read_guard reading;
    const udp_binding* b = binding_.load(std::memory_order_acquire);
    if (!b || !b->connected)
        return errc::no_destination;
    return b->remote;
}

TRACEPOINT(net, udp_send, trace::address socket);
result<usize> udp_socket::send(message& m) noexcept {
    TRACE(udp_send, this);
    if (m.flags & msg_oob) [[unlikely]]
        return errc::not_supported;
    if (shut_.load(std::memory_order_relaxed) & 2) [[unlikely]]
        return errc::broken_pipe;
    if (const errc e = late_error(); e != errc{}) [[unlikely]]
        return e;
    TRY_VOID(ensure_bound());  // first of all, as on Linux: a send that fails has bound it, too
    const bool more = (m.flags & msg_more) || cork_.load(std::memory_order_relaxed);
    if (more || collecting_.load(std::memory_order_relaxed)) [[unlikely]]
        return after_send(m, send_corked(m, more));
    return after_send(m, send_at_once(m));
}

result<usize> udp_socket::after_send(const message& m, result<usize> sent) noexcept {
    if (m.flags & msg_zerocopy && sent && zero_copy.load(std::memory_order_relaxed)) [[unlikely]] {
        zero_copy_done();
        readable.wake_all(vfs::poll_err);
    }
    return sent;
}

result<usize> udp_socket::send_at_once(message& m) noexcept {
    const usize bytes = m.data.remaining();
    const endpoint to = TRY(target_of(m));
    if (bytes > most_payload(to.address.is_v4()))
        return errc::message_too_long;
    send_choice how = TRY(choose(m.control_in, to));
    if (how.segment_bytes == 0)
        how.segment_bytes = segment_bytes_.load(std::memory_order_relaxed);
    const refptr<route> way = TRY(find_way(how));
    packet_ptr p = packet::make();
    if (!p)
        return errc::no_buffers;
    TRY_VOID(p->append_from(m.data, bytes));
    if (m.flags & msg_confirm)
        confirm_neighbour(*way);
    TRY_VOID(transmit(how, *way, std::move(p)));
    return bytes;
}

/// Puts the header in front and sends. The checksum is left to the device, or to the last step
/// before it.
result<void> udp_socket::transmit(const send_choice& how, route& way, packet_ptr p) noexcept {
    const bool v4 = how.to.address.is_v4();
    const usize payload = p->bytes();
    const usize headers = sizeof(udp_header) + (v4 ? ipv4_header_bytes : ipv6_header_bytes);
    ip_options options = how.ip;
    if (how.segment_bytes != 0 && payload > how.segment_bytes) {
        if (payload > how.segment_bytes * most_segments || how.segment_bytes + headers > way.mtu())
            return errc::invalid_argument;
        p->gso = gso_kind::udp;
        p->gso_bytes = how.segment_bytes;
        p->gso_segments = static_cast<u16>((payload + how.segment_bytes - 1) / how.segment_bytes);
    }
    // What fits is not to be fragmented on its way either, unless the socket says so: that is how
    // the path's MTU is found out (IP_PMTUDISC_WANT).
    if (v4 &&
        static_cast<mtu_discovery>(options_.get(ip_option::mtu_discover)) == mtu_discovery::want &&
        payload + headers <= way.mtu())
        options.dont_fragment = true;
    const ip_address source = how.source.is_any() ? way.source : how.source;
    auto* h = reinterpret_cast<udp_header*>(p->push(sizeof(udp_header)));
    h->source = local_.port;
    h->destination = how.to.port;
    h->bytes = static_cast<u16>(p->bytes());
    checksum sum;
    sum.add_pseudo_header(source, how.to.address, protocol_udp, p->bytes());
    h->checksum = sum.folded();
    p->check = checksum_state::partial;
    p->checksum_start = 0;
    p->checksum_offset = offsetof(udp_header, checksum);
    count(v4 ? statistic::udp_out_datagrams : statistic::udp6_out_datagrams);
    auto sent = send_ip(way, source, protocol_udp, std::move(p), options);
    if (!sent && sent.error() == errc::message_too_long) [[unlikely]]
        tell_too_long(how, way);
    return sent;
}

void udp_socket::tell_too_long(const send_choice& how, const route& way) noexcept {
    const bool v4 = how.to.address.is_v4();
    if (!wants_error_queue(v4))
        return;
    const extended_error e{
        static_cast<u32>(errc::message_too_long), error_origin_local, 0, 0, 0, way.mtu(), 0};
    if (packet_ptr record =
            make_error_record(e, v4 ? ip_address::v4_any() : ip_address{}, how.to, {}))
        record = errors_.push(std::move(record), receive_room());
}

result<usize> udp_socket::send_corked(message& m, bool more) noexcept {
    const usize bytes = m.data.remaining();
    if (!collecting_.load()) {
        const endpoint to = TRY(target_of(m));
        send_choice how = TRY(choose(m.control_in, to));
        if (how.segment_bytes == 0)
            how.segment_bytes = segment_bytes_.load(std::memory_order_relaxed);
        refptr<route> way = TRY(find_way(how));
        packet_ptr p = packet::make();
        if (!p)
            return errc::no_buffers;
        sync::lock_guard guard{mutex_};
        if (!pending_.p) {
            pending_ = {std::move(p), how, std::move(way)};
            collecting_.store(true);
        }
    }
    sync::lock_guard guard{mutex_};
    if (!pending_.p)
        return errc::no_destination;  // somebody else has sent it meanwhile
    if (pending_.p->bytes() + bytes > most_payload(pending_.how.to.address.is_v4())) {
        pending_ = {};
        collecting_.store(false);
        return errc::message_too_long;
    }
    TRY_VOID(pending_.p->append_from(m.data, bytes));
    if (!more)
        TRY_VOID(flush_locked());
    return bytes;
}

result<void> udp_socket::flush_locked() noexcept {
    if (!pending_.p)
        return ok;
    pending ready = std::move(pending_);
    pending_ = {};
    collecting_.store(false);
    return transmit(ready.how, *ready.way, std::move(ready.p));
}

}  // namespace osprey::net
