// SPDX-License-Identifier: BSD-3-Clause
// The reader's side of datagram sockets.
#include <net/datagram/datagram_socket.hh>
#include <sched/clock.hh>

namespace osprey::net {

bool datagram_socket::passes_filter(packet& p) noexcept {
    const u32 kept = filtered({.linear = {p.data(), p.linear_bytes()},
                               .bytes = p.bytes(),
                               .rest = &p,
                               .ether_type = p.ether_type,
                               .device = p.device ? p.device->index() : 0});
    if (kept == 0)
        return false;
    // Never less than the protocol's header: that is looked at later.
    const auto header = static_cast<u32>(payload_offset(p));
    if (kept < p.bytes())
        p.truncate(kept < header ? header : kept);
    return true;
}

bool datagram_socket::queue(packet_ptr p) noexcept {
    if (!passes_filter(*p)) [[unlikely]]
        return false;
    p = channel_.push(std::move(p), receive_room());
    if (!p) [[likely]]
        return true;
    dropped_.fetch_add(1, std::memory_order_relaxed);
    dropped_packet(*p);
    return false;
}

/// The oldest packet whose checksum is right; others are thrown away. Locked.
packet* datagram_socket::verified_front() noexcept {
    for (;;) {
        packet* p = channel_.front();
        if (!p || p->check == checksum_state::verified || verify(*p)) [[likely]]
            return p;
        bad_checksum(*p);
        channel_.pop().reset();
    }
}

result<packet_ptr> datagram_socket::wait_for_packet(const message& m) noexcept {
    instant deadline{};
    bool known = false;
    for (;;) {
        if (const errc e = late_error(); e != errc{}) [[unlikely]]
            return e;
        if (channel_.readable()) [[likely]] {
            sync::lock_guard guard{mutex_};
            if (verified_front())
                return channel_.pop();
        }
        if (shut_.load(std::memory_order_relaxed) & 1)
            return packet_ptr{};
        if (m.flags & msg_dontwait)
            return errc::again;
        if (!known)
            deadline = receive_deadline();
        known = true;
        const auto ready = [&]() noexcept {
            return channel_.readable() || error_.load(std::memory_order_relaxed) != errc{} ||
                   (shut_.load(std::memory_order_relaxed) & 1);
        };
        if (auto waited = readable.wait_exclusive(ready, sched::wait_mode::interruptible, deadline);
            !waited)
            return wait_failure(waited.error(), deadline);
    }
}

/// Copies the datagram and all about it to the application.
result<usize> datagram_socket::hand_over(packet& p, message& m) noexcept {
    const usize offset = payload_offset(p);
    const usize bytes = p.bytes() - offset;
    const usize room = m.data.remaining();
    usize copied = 0;
    if (bytes != 0 && room != 0)
        copied = TRY(p.copy_out(offset, m.data, bytes));
    if (copied < bytes)
        m.told |= msg_trunc;
    if (m.name)
        *m.name = sender_of(p);
    if (m.control_out)
        add_control(p, *m.control_out);
    return m.flags & msg_trunc ? bytes : copied;
}

result<usize> datagram_socket::peek(message& m) noexcept {
    sync::lock_guard guard{mutex_};
    packet* p = verified_front();
    if (!p)
        return errc::again;
    return hand_over(*p, m);
}

result<usize> datagram_socket::receive(message& m) noexcept {
    if (m.flags & (msg_errqueue | msg_peek | msg_oob)) [[unlikely]] {
        if (m.flags & msg_oob)
            return errc::not_supported;
        if (m.flags & msg_errqueue)
            return receive_error(m);
        for (;;) {
            auto seen = peek(m);
            if (seen || seen.error() != errc::again || (m.flags & msg_dontwait))
                return seen;
            if (const errc e = late_error(); e != errc{})
                return e;
            if (shut_.load(std::memory_order_relaxed) & 1)
                return usize{0};
            const instant deadline = receive_deadline();
            auto waited = readable.wait(
                [&]() noexcept {
                    return channel_.readable() ||
                           error_.load(std::memory_order_relaxed) != errc{} ||
                           (shut_.load(std::memory_order_relaxed) & 1);
                },
                sched::wait_mode::interruptible, deadline);
            if (!waited)
                return wait_failure(waited.error(), deadline);
        }
    }
    packet_ptr p = TRY(wait_for_packet(m));
    if (!p)
        return usize{0};
    return hand_over(*p, m);
}

socket_address datagram_socket::sender_of(const packet& p) const noexcept {
    endpoint from{p.source, p.source_port};
    if (!p.source.is_v4() && p.source.is_link_local() && p.device)
        from.scope = p.device->index();
    return from_endpoint(from, family());
}

void datagram_socket::queue_error(const icmp_error& e, const endpoint& destination,
                                  std::span<const u8> payload) noexcept {
    const bool v4 = e.destination.is_v4();
    const error_meaning meaning = meaning_of(e);
    if (wants_error_queue(v4)) {
        const extended_error record{static_cast<u32>(meaning.number),
                                    v4 ? error_origin_icmp : error_origin_icmp6,
                                    e.type,
                                    e.code,
                                    0,
                                    e.mtu,
                                    0};
        if (packet_ptr p = make_error_record(record, e.offender, destination, payload))
            p = errors_.push(std::move(p), receive_room());
    } else if (!meaning.hard || !is_connected()) {
        return;
    }
    set_error(meaning.number);
    readable.wake_all(vfs::poll_err | vfs::poll_in);
    writable.wake_all(vfs::poll_err);
}

result<usize> datagram_socket::receive_error(message& m) noexcept {
    packet_ptr p;
    {
        sync::lock_guard guard{mutex_};
        p = errors_.pop();
    }
    if (!p && receive_zero_copies(m))
        return usize{0};
    if (!p)
        return errc::again;
    return give_error(*p, family(), m);
}

u32 datagram_socket::poll(vfs::poll_registration* w) noexcept {
    if (w) {
        w->subscribe(readable);
        w->subscribe(writable);
    }
    u32 events = vfs::poll_out | vfs::poll_wrnorm;
    if (channel_.readable()) {
        // A datagram with a wrong checksum is nothing to wake up for.
        sync::lock_guard guard{mutex_};
        if (verified_front())
            events |= vfs::poll_in | vfs::poll_rdnorm;
    }
    if (error_.load(std::memory_order_relaxed) != errc{} || errors_.readable() ||
        zero_copies_wait())
        events |= vfs::poll_err;
    const u8 shut = shut_.load(std::memory_order_relaxed);
    if (shut & 1)
        events |= vfs::poll_in | vfs::poll_rdnorm | vfs::poll_rdhup;
    if (shut == 3)
        events |= vfs::poll_hup;
    return events;
}

}  // namespace osprey::net
