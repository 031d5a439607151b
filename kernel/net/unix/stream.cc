// SPDX-License-Identifier: BSD-3-Clause
//
// Streams of bytes between AF_UNIX sockets. Small writes are gathered in one message of the queue;
// files and a change of the sender's identity begin a new one.
#include <net/unix/garbage.hh>
#include <net/unix/stream_parts.hh>
#include <trace/tracepoint.hh>

namespace osprey::net {

namespace {
constexpr usize largest_piece = 32768 - sizeof(unix_message);
constexpr u32 readable_now = vfs::poll_in | vfs::poll_rdnorm;
}  // namespace

/// Moves one piece into the queue of `to`. @return bytes; `errc::again`: full;
/// `errc::broken_pipe`, `errc::bad_address`, `errc::out_of_memory`.
result<usize> unix_end::put_stream(unix_end& to, outgoing& what) noexcept {
    sync::lock_guard guard{to.mutex_};
    if (to.shut() & receiving)
        return errc::broken_pipe;
    if (to.queue_.charge() >= what.room)
        return errc::again;
    usize wanted = what.from.remaining() - what.keep;
    unix_message* m = to.queue_.back();
    const bool joins =
        m && m->room() != 0 && !m->urgent && !m->files && !what.files && m->sender == what.who;
    if (joins) {
        wanted = wanted < m->room() ? wanted : m->room();
    } else {
        wanted = wanted < largest_piece ? wanted : largest_piece;
        m = wanted <= unix_queue::spare_capacity ? to.queue_.take_spare() : nullptr;
        if (!m)
            m = unix_message::create(wanted <= unix_queue::spare_capacity
                                         ? usize{unix_queue::spare_capacity}
                                         : align_up(wanted, 64));
        if (!m)
            return errc::out_of_memory;
        m->sender = what.who;
    }
    auto moved = what.from.take(m->data() + m->end, wanted);
    if (!moved) {
        if (!joins)
            to.queue_.recycle(m);
        return moved.error();
    }
    m->end += static_cast<u32>(*moved);
    if (joins) {
        to.queue_.grew(*moved);
    } else {
        m->files = std::move(what.files);
        to.queue_.push(m);
    }
    return *moved;
}

TRACEPOINT(net, unix_send, trace::address socket);
result<usize> unix_end::send_stream(message& m, const socket& options) noexcept {
    TRACE(unix_send, this);
    unix_end* to = peer_.load(std::memory_order_acquire);
    const bool urgent = m.flags & msg_oob;
    if (urgent && m.data.remaining() == 0)
        return errc::not_supported;
    if (m.name)
        return current_state() == state::connected ? errc::already_connected : errc::not_supported;
    if (!to)
        return errc::not_connected;
    if (shut() & sending)
        return errc::broken_pipe;
    outgoing what{m.data, nullptr, caller_credentials(), send_room.load(std::memory_order_relaxed)};
    if (m.control_in.size() != 0)
        what.who = TRY(credentials_in(m.control_in, what.who));
    what.keep = urgent ? 1 : 0;
    if (m.files)
        what.files = TRY(make_unique<unix_files>(std::move(*m.files)));
    usize done = 0;
    const instant deadline = m.flags & msg_dontwait ? instant{} : options.send_deadline();
    while (m.data.remaining() != what.keep) {
        auto moved = put_stream(*to, what);
        if (moved) {
            done += *moved;
            to->readable.wake_one(readable_now);
            continue;
        }
        if (moved.error() != errc::again || m.flags & msg_dontwait)
            return done ? result<usize>{done} : moved.error();
        auto waited = writable.wait(
            [&] { return to->queue_.charge() < what.room || (to->shut() & receiving) != 0; },
            sched::wait_mode::interruptible, deadline);
        if (!waited)
            return done ? result<usize>{done} : socket::wait_failure(waited.error(), deadline);
    }
    if (urgent) {
        if (auto put = put_urgent(*to, m); !put)
            return done ? result<usize>{done} : put.error();
        ++done;
    }
    return done;
}

/// Takes what is there, with `mutex_` held. @return `errc::bad_address`, if nothing could be moved.
result<void> unix_end::take_stream(incoming& in) noexcept {
    i32 skip = in.peek ? peek_offset.load(std::memory_order_relaxed) : 0;
    if (skip < 0)
        skip = 0;
    u32 left_out = static_cast<u32>(skip);
    unix_message* u = queue_.front();
    while (u && !in.stop) {
        if (u->urgent && !pass_urgent(in, u)) [[unlikely]]
            continue;
        if (in.peek && left_out >= u->bytes()) {
            left_out -= u->bytes();
            u = u->next;
            continue;
        }
        if (u->files && !in.may_deliver) {
            in.must_deliver = true;
            return ok;
        }
        if (in.met && in.compare_credentials && u->sender != in.sender) {
            in.stop = true;
            break;
        }
        in.met = true;
        in.sender = u->sender;
        const usize there = u->bytes() - left_out;
        const usize n = in.m.data.remaining() < there ? in.m.data.remaining() : there;
        if (n != 0) {
            auto moved = in.m.data.put(u->data() + u->begin + left_out, n);
            if (!moved) {
                in.stop = true;
                return in.got ? result<void>{ok} : moved.error();
            }
            in.got += *moved;
            if (*moved < n)
                in.stop = true;
        }
        if (u->files) {
            const bool arrived = in.m.files && (in.peek ? u->files->copy_to(*in.m.files)
                                                        : u->files->deliver(*in.m.files));
            in.lost_files = in.lost_files || !arrived;
            if (!in.peek)
                in.unwanted = std::move(u->files);
            in.stop = true;
        }
        left_out = 0;
        if (in.peek) {
            u = u->next;
        } else {
            queue_.consumed(n);
            if (u->bytes() == 0)
                queue_.recycle(queue_.pop());
            u = queue_.front();
        }
        if (in.m.data.remaining() == 0)
            break;
    }
    return ok;
}

void unix_end::tell_credentials(message& m, const credentials& who) noexcept {
    if (!wants_credentials.load(std::memory_order_relaxed))
        return;
    constexpr int scm_credentials = 2;
    if (m.control_out)
        m.control_out->add(sol_socket, scm_credentials, &who, sizeof who);
    else
        m.told |= msg_ctrunc;
}

/// SO_PEEK_OFF: looking moves it on, reading moves it back.
void unix_end::move_peek_offset(bool peeked, i32 bytes) noexcept {
    const i32 now = peek_offset.load(std::memory_order_relaxed);
    if (now >= 0)
        peek_offset.store(peeked ? now + bytes : now > bytes ? now - bytes : 0);
}

TRACEPOINT(net, unix_receive, trace::address socket);
result<usize> unix_end::receive_stream(message& m, const socket& options) noexcept {
    TRACE(unix_receive, this);
    if (current_state() != state::connected)
        return errc::invalid_argument;
    if (m.flags & msg_oob)
        return receive_urgent(m, options);
    usize target = m.flags & msg_waitall
                       ? m.data.remaining()
                       : options.receive_low_water.load(std::memory_order_relaxed);
    target = target < m.data.remaining() ? target : m.data.remaining();
    target = target ? target : 1;
    const bool wait = !(m.flags & msg_dontwait);
    const instant deadline = wait ? options.receive_deadline() : instant{};
    incoming in{m, (m.flags & msg_peek) != 0, wants_credentials.load(std::memory_order_relaxed),
                options.out_of_band_inline.load(std::memory_order_relaxed)};
    in.may_deliver = in.peek;  // it does not go on where it stopped
    unix_end* other = peer_.load(std::memory_order_acquire);
    for (;;) {
        u32 before, now, left;
        result<void> outcome;
        if (in.may_deliver)
            unix_garbage::mutex.lock();
        {
            sync::lock_guard guard{mutex_};
            before = queue_.charge();
            outcome = take_stream(in);
            now = queue_.charge();
            left = queue_.bytes();
        }
        if (in.may_deliver)
            unix_garbage::mutex.unlock();
        if (before != now && other)
            other->room_came_back(before, now);
        in.unwanted.reset();
        if (!outcome)
            return outcome.error();
        in.may_deliver = in.peek;
        if (std::exchange(in.must_deliver, false)) {
            in.may_deliver = true;
            continue;
        }
        if (in.met && (in.stop || in.peek || in.got >= target || m.data.remaining() == 0))
            break;
        errc failure = error.exchange(errc{});
        if (failure == errc{} && shut() & receiving)
            break;
        if (failure == errc{} && !wait)
            failure = errc::again;
        if (failure == errc{}) {
            auto waited = readable.wait_exclusive(
                [&] {
                    return queue_.bytes() != left || shut() & receiving || error.load() != errc{};
                },
                sched::wait_mode::interruptible, deadline);
            if (waited)
                continue;
            failure = socket::wait_failure(waited.error(), deadline);
        }
        if (in.got == 0)
            return failure;
        break;
    }
    if (in.met) {
        tell_credentials(m, in.sender);
        if (in.lost_files)
            m.told |= msg_ctrunc;
        move_peek_offset(in.peek, static_cast<i32>(in.got));
        if (m.name && other)
            if (auto from = other->name())
                *m.name = from->address;
    }
    return in.got;
}

}  // namespace osprey::net
