// SPDX-License-Identifier: BSD-3-Clause
//
// Messages with boundaries between AF_UNIX sockets: SOCK_DGRAM and SOCK_SEQPACKET.
#include <net/unix/garbage.hh>
#include <sched/clock.hh>
#include <trace/tracepoint.hh>

namespace osprey::net {

namespace {
constexpr u32 readable_now = vfs::poll_in | vfs::poll_rdnorm;
constexpr u32 writable_now = vfs::poll_out | vfs::poll_wrnorm | vfs::poll_wrband;
constexpr u32 overhead = 32;  // of SO_SNDBUF, that a message may not have
}  // namespace

result<credentials> unix_end::credentials_in(std::span<const u8> records,
                                             const credentials& own) noexcept {
    credentials told = own;
    TRY_VOID(for_each_control(records,
                              [&](int level, int type, std::span<const u8> data) -> result<void> {
                                  constexpr int scm_rights = 1, scm_credentials = 2;
                                  if (level != sol_socket || type == scm_rights)
                                      return ok;
                                  if (type != scm_credentials || data.size() != sizeof told)
                                      return errc::invalid_argument;
                                  std::memcpy(&told, data.data(), sizeof told);
                                  if (told.uid == ~u32{0} || told.gid == ~u32{0})
                                      return errc::invalid_argument;
                                  if (told.pid != own.pid && !process_exists(told.pid))
                                      return errc::no_process;
                                  return ok;
                              }));
    return told;
}

/// What is wrong with a send before anybody is looked for.
result<void> unix_end::check_datagram(const message& m) noexcept {
    if (errc e = error.exchange(errc{}); e != errc{} && type_ == sock_seqpacket)
        return e;
    else if (e != errc{})
        error.store(e);
    if (type_ == sock_seqpacket && current_state() != state::connected)
        return errc::not_connected;
    if (m.flags & msg_oob)
        return errc::not_supported;
    return ok;
}

/// The message as it will lie in the other's queue.
result<unix_message*> unix_end::make_datagram(message& m) noexcept {
    credentials who = caller_credentials();
    if (m.control_in.size() != 0)
        who = TRY(credentials_in(m.control_in, who));
    unique_ptr<unix_files> files;
    if (m.files)
        files = TRY(make_unique<unix_files>(std::move(*m.files)));
    const usize bytes = m.data.remaining();
    unix_message* u = unix_message::create(align_up(bytes, 64));
    if (!u)
        return errc::out_of_memory;
    while (u->end < bytes) {
        auto moved = m.data.take(u->data() + u->end, bytes - u->end);
        if (!moved || *moved == 0) {
            unix_message::destroy(u);
            return errc::bad_address;
        }
        u->end += static_cast<u32>(*moved);
    }
    u->sender = who;
    u->from = name();
    u->files = std::move(files);
    u->sent_at = sched::monotonic_now();
    return u;
}

/// Waits until this socket's room lets another message out. `to`: the peer of a connection.
result<void> unix_end::wait_to_send(unix_end* to, instant deadline, bool wait) noexcept {
    const auto has_room = [&] {
        const u32 used = to ? to->queue_.charge() : sent_charge_.load(std::memory_order_relaxed);
        return used < send_room.load(std::memory_order_relaxed) || shut() & sending ||
               (to && to->shut() & receiving);
    };
    if (has_room())
        return ok;
    if (!wait)
        return errc::again;
    auto waited = writable.wait(has_room, sched::wait_mode::interruptible, deadline);
    return waited ? result<void>{ok} : socket::wait_failure(waited.error(), deadline);
}

/// @return `errc::connection_refused`: closed; `errc::not_permitted`, `errc::broken_pipe`. The
/// message is the receiver's only when the outcome is `done`.
result<unix_end::push_outcome> unix_end::put_datagram(unix_end& to, unix_message* m) noexcept {
    {
        sync::lock_guard guard{to.mutex_};
        if (!to.accepts_from(*this))
            return errc::not_permitted;
        if (to.current_state() == state::closed)
            return connection_based() ? errc::broken_pipe : errc::connection_refused;
        if (to.shut() & receiving)
            return errc::broken_pipe;
        if (!connection_based()) {
            if (to.queue_full_for(*this))
                return push_outcome::full;
            m->origin = refptr<unix_end>{this};
            sent_charge_.fetch_add(m->charge(), std::memory_order_relaxed);
        }
        to.queue_.push(m);
    }
    to.readable.wake_one(readable_now);
    return push_outcome::done;
}

/// Finds the receiver of a message and puts it there.
result<void> unix_end::deliver(const socket_address* to_name, unix_message* u, instant deadline,
                               bool wait) noexcept {
    for (;;) {
        refptr<unix_end> to = to_name ? TRY(find(*to_name, type_)) : peer();
        if (!to)
            return connection_based() ? errc::not_connected : errc::connection_reset;
        auto outcome = put_datagram(*to, u);
        if (!outcome) {
            if (outcome.error() == errc::connection_refused && !to_name)
                forget_peer(*to);
            return outcome.error();
        }
        if (*outcome == push_outcome::done)
            return ok;
        if (!wait)
            return errc::again;
        auto waited = to->queue_room.wait(
            [&] { return !to->queue_full_for(*this) || (to->shut() & receiving) != 0; },
            sched::wait_mode::interruptible, deadline);
        if (!waited)
            return socket::wait_failure(waited.error(), deadline);
    }
}

TRACEPOINT(net, unix_send_datagram, trace::address socket);
result<usize> unix_end::send_datagram(message& m, const socket& options) noexcept {
    TRACE(unix_send_datagram, this);
    TRY_VOID(check_datagram(m));
    refptr<unix_end> other = peer();
    const socket_address* to_name = connection_based() ? nullptr : m.name;
    if (!to_name && !other)
        return errc::not_connected;
    if (to_name)
        TRY_VOID(check_name(*to_name));
    if (wants_credentials.load())
        TRY_VOID(bind_automatically());
    const usize bytes = m.data.remaining();
    if (bytes + overhead > send_room.load(std::memory_order_relaxed))
        return errc::message_too_long;
    if (errc e = error.exchange(errc{}); e != errc{})
        return e;
    if (shut() & sending)
        return errc::broken_pipe;
    const bool wait = !(m.flags & msg_dontwait);
    const instant deadline = wait ? options.send_deadline() : instant{};
    TRY_VOID(wait_to_send(connection_based() ? other.get() : nullptr, deadline, wait));
    unix_message* u = TRY(make_datagram(m));
    if (auto outcome = deliver(to_name, u, deadline, wait); !outcome) {
        unix_message::destroy(u);
        return outcome.error();
    }
    return bytes;
}

/// What a receive found.
struct unix_end::found_datagram {
    unix_message* taken = nullptr;  // out of the queue
    usize bytes = 0, copied = 0;
    credentials sender{};
    refptr<unix_name> from{};
    instant sent_at{};
    u32 charge_before = 0, charge_now = 0;
};

/// Takes or looks at a message, with `mutex_` held.
result<void> unix_end::take_datagram(message& m, unix_message* u, usize skip,
                                     found_datagram& found) noexcept {
    const bool peek = m.flags & msg_peek;
    found.bytes = u->bytes() - skip;
    const usize wanted = found.bytes < m.data.remaining() ? found.bytes : m.data.remaining();
    result<void> outcome = ok;
    while (found.copied < wanted) {
        auto moved = m.data.put(u->data() + u->begin + skip + found.copied, wanted - found.copied);
        if (!moved || *moved == 0) {
            outcome = errc::bad_address;
            break;
        }
        found.copied += *moved;
    }
    found.sender = u->sender;
    found.from = u->from;
    found.sent_at = u->sent_at;
    if (u->files) {
        const bool arrived =
            m.files && (peek ? u->files->copy_to(*m.files) : u->files->deliver(*m.files));
        if (!arrived)
            m.told |= msg_ctrunc;
    }
    found.charge_before = queue_.charge();
    if (!peek)
        found.taken = queue_.pop();
    found.charge_now = queue_.charge();
    return outcome;
}

/// Lets go of a message that was read, and of the room that it took.
void unix_end::finish_datagram(found_datagram& found) noexcept {
    if (!found.taken)
        return;
    if (found.taken->origin)
        found.taken->origin->datagram_gone(*found.taken);
    else if (unix_end* other = peer_.load(std::memory_order_acquire))
        other->room_came_back(found.charge_before, found.charge_now);
    unix_message::destroy(found.taken);
    queue_room.wake_all(writable_now);
}

/// @return nothing, with `look.met` false, if there is no message.
result<usize> unix_end::next_datagram(message& m, socket& options, queue_look& look) noexcept {
    const bool peek = m.flags & msg_peek;
    found_datagram found;
    result<void> outcome = ok;
    for (bool may_deliver = false;;) {
        if (may_deliver)
            unix_garbage::mutex.lock();
        bool must_deliver = false;
        {
            sync::lock_guard guard{mutex_};
            unix_message* u = queue_.front();
            const i32 offset = peek_offset.load(std::memory_order_relaxed);
            usize skip = peek && offset > 0 ? static_cast<u32>(offset) : 0;
            while (u && skip && skip >= u->bytes()) {
                skip -= u->bytes();
                u = u->next;
            }
            look = {u != nullptr, queue_.arrivals()};
            must_deliver = u && u->files && !may_deliver;
            if (u && !must_deliver)
                outcome = take_datagram(m, u, skip, found);
        }
        if (may_deliver)
            unix_garbage::mutex.unlock();
        if (!must_deliver)
            break;
        may_deliver = true;
    }
    finish_datagram(found);
    if (!look.met)
        return usize{0};
    TRY_VOID(std::move(outcome));
    move_peek_offset(peek, static_cast<i32>(found.bytes));
    if (found.copied < found.bytes)
        m.told |= msg_trunc;
    if (!found.from && connection_based())
        if (refptr<unix_end> other = peer())
            found.from = other->name();
    if (m.name && found.from)
        *m.name = found.from->address;
    if (m.control_out)
        options.add_timestamp(*m.control_out, found.sent_at);
    tell_credentials(m, found.sender);
    return m.flags & msg_trunc ? found.bytes : found.copied;
}

TRACEPOINT(net, unix_receive_datagram, trace::address socket);
result<usize> unix_end::receive_datagram(message& m, socket& options) noexcept {
    TRACE(unix_receive_datagram, this);
    if (m.flags & msg_oob)
        return errc::not_supported;
    if (connection_based() && current_state() != state::connected)
        return errc::not_connected;
    const bool wait = !(m.flags & msg_dontwait);
    const instant deadline = wait ? options.receive_deadline() : instant{};
    for (;;) {
        queue_look look;
        const usize got = TRY(next_datagram(m, options, look));
        if (look.met)
            return got;
        if (errc e = error.exchange(errc{}); e != errc{})
            return e;
        // A datagram socket that may not receive still says "nothing yet" to who does not wait.
        if (shut() & receiving && (wait || connection_based()))
            return usize{0};
        if (!wait)
            return errc::again;
        auto waited = readable.wait_exclusive(
            [&] {
                return queue_.arrivals() != look.arrivals || shut() & receiving ||
                       error.load() != errc{};
            },
            sched::wait_mode::interruptible, deadline);
        if (!waited)
            return socket::wait_failure(waited.error(), deadline);
    }
}

}  // namespace osprey::net
