// SPDX-License-Identifier: BSD-3-Clause
//
// Connections of AF_UNIX: listen, connect, accept and their end.
#include <algorithm>
#include <base/scope_exit.hh>
#include <net/unix/unix_end.hh>
#include <trace/tracepoint.hh>

namespace osprey::net {

namespace {
/// Groups that find no memory are left out: then the peer seems to have fewer rights.
void copy_groups(std::span<const u32> from, vector<u32>& to) noexcept {
    to.clear();
    if (to.resize(from.size()))
        std::copy(from.begin(), from.end(), to.begin());
}
void remember_groups(vector<u32>& to) noexcept {
    to.clear();
    if (const usize n = caller_groups({}); n != 0 && to.resize(n))
        (void)caller_groups(to.span());
}
}  // namespace

void unix_end::join(unix_end& a, unix_end& b) noexcept {
    a.add_ref();
    b.add_ref();
    a.peer_.store(&b, std::memory_order_release);
    b.peer_.store(&a, std::memory_order_release);
    a.peer_credentials = b.peer_credentials = caller_credentials();
    remember_groups(a.peer_groups);
    remember_groups(b.peer_groups);
    a.state_.store(state::connected);
    b.state_.store(state::connected);
}

result<void> unix_end::listen(int backlog) noexcept {
    if (!name())
        return errc::invalid_argument;
    sync::lock_guard guard{pending_mutex_};
    if (current_state() != state::unconnected && current_state() != state::listening)
        return errc::invalid_argument;
    backlog_.store(static_cast<u32>(backlog));
    listener_credentials_ = caller_credentials();
    remember_groups(listener_groups_);
    state_.store(state::listening);
    pending_room_.wake_all();
    return ok;
}

/// Puts `fresh`, the listener's end of a connection with `client`, into the queue.
result<unix_end::push_outcome> unix_end::push_pending(unix_end& client, unix_end& fresh) noexcept {
    sync::lock_guard guard{pending_mutex_};
    if (current_state() != state::listening || shut() & receiving)
        return errc::connection_refused;
    if (pending_count_.load() > backlog_.load())
        return push_outcome::full;
    sync::lock_guard client_guard{client.mutex_};
    if (client.current_state() == state::connected)
        return errc::already_connected;
    if (client.current_state() != state::unconnected)
        return errc::invalid_argument;
    fresh.name_ = name_;  // nobody else knows `fresh`; a listener keeps its name
    fresh.peer_credentials = caller_credentials();
    remember_groups(fresh.peer_groups);
    client.peer_credentials = listener_credentials_;
    copy_groups(listener_groups_.span(), client.peer_groups);
    client.add_ref();
    fresh.peer_.store(&client, std::memory_order_release);
    fresh.send_room.store(send_room.load());
    fresh.wants_credentials.store(wants_credentials.load());
    fresh.state_.store(state::connected);
    fresh.add_ref();
    client.peer_.store(&fresh, std::memory_order_release);
    client.state_.store(state::connected);
    fresh.add_ref();
    pending_.push_back(fresh);
    pending_count_.fetch_add(1);
    return push_outcome::done;
}

result<void> unix_end::join_listener(const socket_address& a, unix_end& fresh, instant deadline,
                                     bool wait) noexcept {
    for (;;) {
        refptr<unix_end> listener = TRY(find(a, type_));
        if (TRY(listener->push_pending(*this, fresh)) == push_outcome::done) {
            listener->readable.wake_one(vfs::poll_in | vfs::poll_rdnorm);
            writable.wake_all(vfs::poll_out | vfs::poll_wrnorm);
            return ok;
        }
        if (!wait)
            return errc::again;
        auto waited = listener->pending_room_.wait(
            [&] {
                return listener->pending_count_.load() <= listener->backlog_.load() ||
                       listener->current_state() != state::listening ||
                       listener->shut() & receiving;
            },
            sched::wait_mode::interruptible, deadline);
        if (!waited)
            return socket::wait_failure(waited.error(), deadline);
    }
}

TRACEPOINT(net, unix_connect, trace::address socket);
result<void> unix_end::connect(const socket_address& a, instant deadline, bool wait) noexcept {
    TRACE(unix_connect, this);
    if (!connection_based() && a.family() == 0 && a.length >= sizeof(u16))  // AF_UNSPEC
        return set_peer(nullptr);
    if (wants_credentials.load())
        TRY_VOID(bind_automatically());
    if (!connection_based()) {
        auto other = TRY(find(a, type_));
        if (!other->accepts_from(*this))
            return errc::not_permitted;
        return set_peer(std::move(other));
    }
    auto fresh = TRY(create(type_));
    auto outcome = join_listener(a, *fresh, deadline, wait);
    if (!outcome)
        fresh->close();
    return outcome;
}

/// Datagrams: one that is connected elsewhere wants messages from there only.
bool unix_end::accepts_from(const unix_end& sender) const noexcept {
    const unix_end* theirs = peer_.load(std::memory_order_acquire);
    return !theirs || theirs == &sender;
}

result<void> unix_end::set_peer(refptr<unix_end> fresh) noexcept {
    unix_end* next = fresh.release();
    unix_end* old;
    {
        sync::lock_guard guard{mutex_};
        old = peer_.exchange(next, std::memory_order_acq_rel);
        if (old)
            old->queue_room.remove(relay_);
        state_.store(next ? state::connected : state::unconnected);
    }
    if (old && old != next) {
        // What the old peer sent is not for the new conversation.
        purge();
        if (old->peer_.load(std::memory_order_acquire) == this &&
            old->current_state() != state::closed) {
            old->error.store(errc::connection_reset);
            old->readable.wake_all(vfs::poll_err);
        }
    }
    if (old)
        old->drop_ref();
    return ok;
}

/// The datagram peer was closed.
void unix_end::forget_peer(unix_end& gone) noexcept {
    {
        sync::lock_guard guard{mutex_};
        if (peer_.load(std::memory_order_relaxed) != &gone)
            return;
        peer_.store(nullptr, std::memory_order_release);
        gone.queue_room.remove(relay_);
        state_.store(state::unconnected);
    }
    purge();
    gone.drop_ref();
}

TRACEPOINT(net, unix_accept, trace::address socket);
result<refptr<unix_end>> unix_end::accept(instant deadline, bool wait) noexcept {
    TRACE(unix_accept, this);
    for (;;) {
        {
            sync::lock_guard guard{pending_mutex_};
            if (current_state() != state::listening)
                return errc::invalid_argument;
            if (unix_end* first = pending_.pop_front()) {
                const u32 before = pending_count_.fetch_sub(1);
                if (before > backlog_.load())
                    pending_room_.wake_all();
                return refptr<unix_end>::adopt(first);
            }
            if (shut() & receiving)
                return errc::invalid_argument;
        }
        if (!wait)
            return errc::again;
        auto waited = readable.wait_exclusive(
            [this] {
                return pending_count_.load() != 0 || shut() & receiving ||
                       current_state() != state::listening;
            },
            sched::wait_mode::interruptible, deadline);
        if (!waited)
            return socket::wait_failure(waited.error(), deadline);
    }
}

/// A listener goes: so do the connections that nobody accepted.
void unix_end::close_pending() noexcept {
    for (;;) {
        unix_end* first;
        {
            sync::lock_guard guard{pending_mutex_};
            state_.store(state::closed);
            first = pending_.pop_front();
            if (first)
                pending_count_.fetch_sub(1);
        }
        if (!first)
            break;
        first->unaccepted_ = true;
        first->close();
        first->drop_ref();
    }
    pending_room_.wake_all();
}

}  // namespace osprey::net
