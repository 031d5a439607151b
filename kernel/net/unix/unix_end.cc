// SPDX-License-Identifier: BSD-3-Clause
//
// Life of the ends of AF_UNIX sockets, and what can be asked of them.
#include <net/settings.hh>
#include <net/unix/garbage.hh>
#include <net/unix/unix_end.hh>
#include <vfs/poll.hh>

namespace osprey::net {

namespace {
constinit sync::mutex all_mutex{sync::lock_rank::none};
constinit std::atomic<u32> open_ends{0};
constexpr u32 readable_now = vfs::poll_in | vfs::poll_rdnorm;
constexpr u32 writable_now = vfs::poll_out | vfs::poll_wrnorm | vfs::poll_wrband;
}  // namespace

unix_end::all_list& unix_end::all() noexcept {
    static constinit all_list list;
    return list;
}

result<refptr<unix_end>> unix_end::create(int type) noexcept {
    auto end = TRY(make_ref<unix_end>(type));
    open_ends.fetch_add(1, std::memory_order_relaxed);
    sync::lock_guard guard{all_mutex};
    all().push_back(*end);
    return end;
}

unix_end::~unix_end() {
    if (unix_end* p = peer_.load(std::memory_order_relaxed))
        p->drop_ref();
}

u32 unix_end::count() noexcept {
    return open_ends.load(std::memory_order_relaxed);
}

result<vector<unix_end::view>> unix_end::list() noexcept {
    vector<refptr<unix_end>> ends;
    {
        sync::lock_guard guard{all_mutex};
        TRY_VOID(ends.reserve(count()));
        // An end whose last reference is going closes at this moment.
        for (unix_end& e : all())
            if (e.try_add_ref())
                TRY_VOID(ends.push_back(refptr<unix_end>::adopt(&e)));
    }
    vector<view> views;
    TRY_VOID(views.reserve(ends.size()));
    for (auto& e : ends)
        TRY_VOID(views.push_back(e->look()));
    return views;
}

refptr<unix_end> unix_end::peer() noexcept {
    sync::lock_guard guard{mutex_};
    return refptr<unix_end>{peer_.load(std::memory_order_relaxed)};
}

unix_end::view unix_end::look() noexcept {
    view v{};
    refptr<unix_end> other;
    {
        sync::lock_guard guard{mutex_};
        v.name = name_;
        other = refptr<unix_end>{peer_.load(std::memory_order_relaxed)};
    }
    v.inode = inode.load();
    v.peer_inode = other ? other->inode.load() : 0;
    v.references = reference_count();
    v.queued_bytes = readable_bytes();
    v.sent_bytes = unread_by_peer();
    v.pending = pending_count_.load(std::memory_order_relaxed);
    v.backlog = backlog_.load(std::memory_order_relaxed);
    v.type = type_;
    v.now = current_state();
    v.shut = shut();
    return v;
}

/// The peer closed or shut down: `how` is what this end can no longer do.
void unix_end::peer_shut(u8 how) noexcept {
    shut_.fetch_or(how);
    const bool all_over = (shut_.load() & both) == both;
    const u32 told = vfs::poll_rdhup | readable_now | (all_over ? u32{vfs::poll_hup} : 0);
    readable.wake_all(told | writable_now);
    writable.wake_all(told | writable_now);
}

void unix_end::shut_down(u32 how) noexcept {
    shut_.fetch_or(static_cast<u8>(how));
    refptr<unix_end> other = peer();
    if (other && connection_based()) {
        const u8 theirs =
            static_cast<u8>((how & receiving ? sending : 0) | (how & sending ? receiving : 0));
        other->peer_shut(theirs);
    }
    peer_shut(0);
    pending_room_.wake_all();
}

/// Throws away what was received.
void unix_end::purge() noexcept {
    unix_message* list;
    {
        sync::lock_guard guard{mutex_};
        list = queue_.take_all();
        urgent_.store(nullptr);
    }
    for (unix_message* m = list; m; m = m->next)
        if (m->origin)
            m->origin->datagram_gone(*m);
    unix_queue::destroy_all(list);
    if (connection_based())
        if (unix_end* other = peer_.load(std::memory_order_acquire))
            other->writable.wake_all(writable_now);
}

void unix_end::close() noexcept {
    unbind();
    {
        sync::lock_guard guard{all_mutex};
        all_list::remove(*this);
    }
    open_ends.fetch_sub(1, std::memory_order_relaxed);
    close_pending();
    shut_.store(both);
    unix_end* other;
    bool unread;
    {
        sync::lock_guard guard{mutex_};
        state_.store(state::closed);
        other = peer_.exchange(nullptr);
        if (other)
            other->queue_room.remove(relay_);
        unread = !queue_.empty();
    }
    if (other && connection_based()) {
        if (unread || unaccepted_)
            other->error.store(errc::connection_reset);
        other->peer_shut(both);
    }
    purge();
    // Datagram senders that were connected to this end find out when they send.
    queue_room.wake_all(writable_now);
    readable.wake_all(vfs::poll_hup | readable_now);
    writable.wake_all(writable_now);
    if (other) {
        if (connection_based())
            other->writable.wake_all(writable_now);
        other->drop_ref();
    }
}

u32 unix_end::readable_bytes() noexcept {
    if (connection_based())
        return queue_.bytes();
    sync::lock_guard guard{mutex_};
    return queue_.front() ? queue_.front()->bytes() : 0;
}

u32 unix_end::unread_by_peer() noexcept {
    if (!connection_based())
        return sent_charge_.load(std::memory_order_relaxed);
    unix_end* other = peer_.load(std::memory_order_acquire);
    return other ? other->queue_.charge() : 0;
}

void unix_end::room_came_back(u32 before, u32 now) noexcept {
    const u32 quarter = send_room.load(std::memory_order_relaxed) / 4;
    if (before > quarter && now <= quarter)
        writable.wake_all(writable_now);
}

void unix_end::datagram_gone(const unix_message& m) noexcept {
    const u32 before = sent_charge_.fetch_sub(m.charge(), std::memory_order_relaxed);
    room_came_back(before, before - m.charge());
}

bool unix_end::queue_full_for(const unix_end& sender) const noexcept {
    return this != &sender && peer_.load(std::memory_order_relaxed) != &sender &&
           queue_.count() > settings().max_dgram_qlen.load(std::memory_order_relaxed);
}

void unix_end::room_relay::happened(sync::waiter& self, u32 key) noexcept {
    static_cast<room_relay&>(self).owner.writable.wake_all(key);
}

u32 unix_end::poll(vfs::poll_registration* w) noexcept {
    if (w) {
        w->subscribe(readable);
        w->subscribe(writable);
    }
    bool blocked = false;
    if (!connection_based()) {
        sync::lock_guard guard{mutex_};
        unix_end* target = peer_.load(std::memory_order_relaxed);
        blocked = target && target->queue_full_for(*this);
        if (blocked && w && !relay_.queued()) {
            target->queue_room.add(relay_);
            blocked = target->queue_full_for(*this);
        }
    }
    const u8 down = shut();
    const state now = current_state();
    u32 events = 0;
    if (error.load() != errc{})
        events |= vfs::poll_err;
    if (down == both)
        events |= vfs::poll_hup;
    if (down & receiving)
        events |= vfs::poll_rdhup | readable_now;
    if (!queue_.empty() || pending_count_.load() != 0)
        events |= readable_now;
    if (urgent_.load(std::memory_order_acquire))
        events |= vfs::poll_pri;
    if (connection_based() && (now == state::unconnected || now == state::closed))
        events |= vfs::poll_hup;
    if (now != state::listening && !blocked && may_send())
        events |= writable_now;
    return events;
}

}  // namespace osprey::net
