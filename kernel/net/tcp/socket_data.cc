// SPDX-License-Identifier: BSD-3-Clause
// Data of TCP sockets: send(2), recv(2), poll(2), and the ioctls about queues.
#include <memory/user_pointer.hh>
#include <net/datagram/error_record.hh>
#include <net/tcp/socket.hh>
#include <sched/clock.hh>
#include <trace/tracepoint.hh>

namespace osprey::net::tcp {

namespace {
constexpr u32 msg_fastopen = 0x2000'0000;
enum request : u32 {
    siocinq = 0x541b,  // FIONREAD
    siocoutq = 0x5411,
    siocoutqnsd = 0x894b,
    siocatmark = 0x8905,
};
}  // namespace

// --- Sending

/// Why nothing can be sent any more; the endpoint is locked.
errc stream_socket::send_failure() noexcept {
    const errc e = e_->c().take_error();
    return e != errc{} ? e : errc::broken_pipe;
}

/// Takes `put(more)` again and again until `bytes` are queued: it returns how many it took.
template <typename F>
result<usize> stream_socket::send_loop(usize bytes, u32 flags, F&& put) noexcept {
    const bool nonblocking = flags & msg_dontwait;
    instant deadline{};
    bool waited_before = false;
    usize done = 0;
    for (;;) {
        u32 changes;
        {
            session s{*e_};
            connection& c = e_->c();
            const state now = c.current();
            const bool opening = c.opening() && c.error() == errc{};
            if (!opening && (now == state::closed || c.send_shut() || c.error() != errc{}))
                return done ? result<usize>{done} : send_failure();
            if (!opening) {
                auto taken = put();
                if (!taken && taken.error() != errc::out_of_memory)
                    return done ? result<usize>{done} : taken.error();
                done += taken ? *taken : 0;
                if (done == bytes)
                    return done;
                c.finish(e_->now());
                if (c.send_room() != 0 && taken && *taken != 0)
                    continue;
            }
            e_->want_room();
            if (nonblocking)
                return done ? result<usize>{done} : errc::again;
            changes = e_->changes();
        }
        if (!std::exchange(waited_before, true))
            deadline = send_deadline();
        auto waited = e_->writable.wait([&]() noexcept { return e_->changed_since(changes); },
                                        sched::wait_mode::interruptible, deadline);
        if (!waited)
            return done ? result<usize>{done} : wait_failure(waited.error(), deadline);
    }
}

TRACEPOINT(tcp, tcp_socket_send, trace::address socket);
[[gnu::flatten]] result<usize> stream_socket::send(message& m) noexcept {
    TRACE(tcp_socket_send, this);
    if (m.flags & msg_fastopen) [[unlikely]] {
        if (!fast_open_allows(fast_open_client) || (m.name && m.name->family() == 0))
            return errc::not_supported;
        if (!m.name)
            return errc::no_destination;
        return send_fast(m, TRY(remote_of(*m.name)));
    }
    if (deferred_.load(std::memory_order_acquire) && deferred_.exchange(false)) [[unlikely]]
        return send_fast(m, deferred_to_);
    if (listener_.load())
        return errc::broken_pipe;
    const usize bytes = m.data.remaining();
    if (bytes == 0) {
        session s{*e_};
        if (e_->c().current() == state::closed || e_->c().send_shut())
            return send_failure();
        return usize{0};
    }
    const auto more = m.flags & msg_more ? connection::more::yes : connection::more::no;
    auto sent = send_loop(bytes, m.flags, [&]() noexcept -> result<usize> {
        const usize taken = TRY(e_->c().write(m.data, m.data.remaining(), more));
        if (m.flags & msg_oob && m.data.remaining() == 0)
            e_->c().mark_urgent();
        return taken;
    });
    if (m.flags & msg_zerocopy && sent && zero_copy.load(std::memory_order_relaxed)) [[unlikely]] {
        zero_copy_done();
        e_->readable.wake_all(vfs::poll_err);
    }
    return sent;
}

/// MSG_FASTOPEN: connects, and sends what it can with the SYN (tcp(7)).
result<usize> stream_socket::send_fast(message& m, const endpoint& to) noexcept {
    const usize before = m.data.remaining();
    TRY_VOID(open_now(to, fast_open::with_data, &m.data));
    const usize early = before - m.data.remaining();
    const bool nonblocking = m.flags & msg_dontwait;
    if (auto connected = wait_connected(nonblocking); !connected) {
        if (connected.error() == errc::in_progress && early != 0)
            return early;
        return connected.error();
    }
    if (m.data.remaining() == 0)
        return early;
    m.flags &= ~msg_fastopen;
    auto rest = send(m);
    return rest ? result<usize>{early + *rest} : early ? result<usize>{early} : rest.error();
}

result<usize> stream_socket::send_pages(std::span<const fragment> pages, u32 flags) noexcept {
    if (deferred_.load(std::memory_order_acquire)) [[unlikely]]
        return errc::not_supported;  // data that go with the SYN are copied
    if (listener_.load())
        return errc::broken_pipe;
    usize bytes = 0;
    for (const fragment& f : pages)
        bytes += f.bytes;
    usize at = 0;
    return send_loop(bytes, flags, [&]() noexcept -> result<usize> {
        usize taken = 0;
        while (at < pages.size() && e_->c().send_room() != 0) {
            const bool last = at + 1 == pages.size();
            memory::hold_frame(pages[at].frame);
            auto queued =
                e_->c().append(pages[at], last && !(flags & msg_more) ? connection::more::no
                                                                      : connection::more::yes);
            if (!queued) {
                memory::release_frame(pages[at].frame);
                return taken ? result<usize>{taken} : queued.error();
            }
            taken += pages[at++].bytes;
        }
        return taken;
    });
}

// --- Receiving

result<void> stream_socket::wait_readable(u32 changes, instant deadline) noexcept {
    return e_->readable.wait([&]() noexcept { return e_->changed_since(changes); },
                             sched::wait_mode::interruptible, deadline);
}

/// MSG_ERRQUEUE
result<usize> stream_socket::receive_error(message& m) noexcept {
    packet_ptr p;
    {
        session s{*e_};
        if (packet_channel* errors = e_->errors())
            p = errors->pop();
    }
    if (p)
        return give_error(*p, family(), m);
    return receive_zero_copies(m) ? result<usize>{usize{0}} : errc::again;
}

/// MSG_OOB
result<usize> stream_socket::receive_urgent(message& m) noexcept {
    session s{*e_};
    connection& c = e_->c();
    const bool over = c.current() == state::closed || c.end_of_input();
    auto byte = c.read_urgent(m.flags & msg_peek);
    if (!byte)
        return byte.error() == errc::again && over ? result<usize>{usize{0}} : byte.error();
    m.told |= msg_oob;
    if (m.data.remaining() == 0) {
        m.told |= msg_trunc;
        return usize{0};
    }
    const u8 value = *byte;
    return m.data.put(&value, 1);
}

TRACEPOINT(tcp, tcp_socket_receive, trace::address socket);
[[gnu::flatten]] result<usize> stream_socket::receive(message& m) noexcept {
    TRACE(tcp_socket_receive, this);
    if (m.name)
        m.name->length = 0;
    if (m.flags & msg_errqueue)
        return receive_error(m);
    if (listener_.load())
        return errc::not_connected;
    if (m.flags & msg_oob)
        return receive_urgent(m);
    const usize wanted = m.data.remaining();
    usize target =
        m.flags & msg_waitall ? wanted : receive_low_water.load(std::memory_order_relaxed);
    if (target > wanted)
        target = wanted;
    if (target == 0)
        target = 1;
    const bool nonblocking = m.flags & msg_dontwait;
    instant deadline{};
    bool waited_before = false;
    const bool peek = m.flags & msg_peek;
    usize done = 0;
    for (;;) {
        u32 changes = e_->changes();
        if (const auto seen = e_->look(); seen.known && !seen.data) {
            if (nonblocking && done)
                break;
            if (nonblocking)
                return errc::again;
        } else {
            session s{*e_};
            connection& c = e_->c();
            // After some bytes the urgent mark ends the call.
            if (done == 0 || !c.at_mark()) {
                auto got = m.flags & msg_trunc && !peek
                               ? result<usize>{c.discard(wanted - done, e_->now())}
                           : peek ? c.peek(m.data, wanted - done, static_cast<u32>(done))
                                  : c.read(m.data, wanted - done, e_->now());
                if (!got)
                    return done ? result<usize>{done} : got.error();
                done += *got;
            }
            if (done >= target || (wanted == 0 && c.readable()) || (done && c.at_mark()))
                break;
            const state now = c.current();
            if (done) {
                if (c.error() != errc{} || now == state::closed || c.end_of_input() || nonblocking)
                    break;
            } else {
                if (const errc e = c.take_error(); e != errc{})
                    return e;
                if (c.end_of_input())
                    return usize{0};
                if (now == state::closed)
                    return errc::not_connected;
                if (nonblocking)
                    return errc::again;
            }
            changes = e_->changes();
        }
        if (!std::exchange(waited_before, true))
            deadline = receive_deadline();
        if (auto waited = wait_readable(changes, deadline); !waited) {
            if (done)
                break;
            return wait_failure(waited.error(), deadline);
        }
    }
    if (m.control_out && done)
        add_timestamp(*m.control_out, {});
    return done;
}

// --- Readiness

u32 stream_socket::poll(vfs::poll_registration* w) noexcept {
    if (w) {
        w->subscribe(e_->readable);
        w->subscribe(e_->writable);
    }
    if (listener_.load()) [[unlikely]]
        if (refptr<listener> l = active_listener())
            return l->waiting() ? vfs::poll_in | vfs::poll_rdnorm : 0;
    if (deferred_.load(std::memory_order_acquire))
        return vfs::poll_out | vfs::poll_wrnorm;
    constexpr u32 can_read = vfs::poll_in | vfs::poll_rdnorm,
                  can_write = vfs::poll_out | vfs::poll_wrnorm;
    const auto seen = e_->look();
    if (seen.known && seen.room && !e_->errors() && !zero_copies_wait() &&
        (!seen.data || receive_low_water.load(std::memory_order_relaxed) == 1))
        return can_write | (seen.data ? can_read : 0);
    return poll_locked();
}

/// The same by a look at the connection itself.
u32 stream_socket::poll_locked() noexcept {
    session s{*e_};
    connection& c = e_->c();
    const state now = c.current();
    u32 events = 0;
    const bool in_over = c.end_of_input(), out_over = c.send_shut();
    if ((in_over && out_over) || now == state::closed)
        events |= vfs::poll_hup;
    if (in_over)
        events |= vfs::poll_in | vfs::poll_rdnorm | vfs::poll_rdhup;
    if (!c.opening()) {
        if (c.readable() >= receive_low_water.load(std::memory_order_relaxed) && c.readable())
            events |= vfs::poll_in | vfs::poll_rdnorm;
        if (out_over || c.writable())
            events |= vfs::poll_out | vfs::poll_wrnorm;
        else  // even without `w`: epoll, subscribed long ago, looks again before it waits
            e_->want_room();
        if (c.urgent_waits())
            events |= vfs::poll_pri;
    }
    if (c.error() != errc{} || (e_->errors() && e_->errors()->readable()) || zero_copies_wait())
        events |= vfs::poll_err;
    return events;
}

errc stream_socket::pending_error() noexcept {
    if (const errc e = take_error(); e != errc{})
        return e;
    session s{*e_};
    return e_->c().take_error();
}

result<u64> stream_socket::ioctl(u32 request, u64 argument) noexcept {
    i32 value = 0;
    if (request != siocinq && request != siocoutq && request != siocoutqnsd &&
        request != siocatmark)
        return net::socket::ioctl(request, argument);
    if (listener_.load())
        return request == siocatmark ? errc::not_tty : errc::invalid_argument;
    {
        session s{*e_};
        const connection& c = e_->c();
        const bool opening = c.opening();
        switch (request) {
            case siocinq:
                value = opening ? 0 : static_cast<i32>(c.readable_to_mark());
                break;
            case siocoutq:
                value = opening ? 0 : static_cast<i32>(c.unacknowledged());
                break;
            case siocoutqnsd:
                value = opening ? 0 : static_cast<i32>(c.unsent());
                break;
            default:
                value = c.at_mark();
        }
    }
    TRY_VOID(memory::user_ptr<i32>{argument}.store(value));
    return u64{0};
}

}  // namespace osprey::net::tcp
