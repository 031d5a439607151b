// SPDX-License-Identifier: BSD-3-Clause
#include <base/scope_exit.hh>
#include <cstring>
#include <fs/epoll/epoll_file.hh>
#include <sched/clock.hh>
#include <trace/tracepoint.hh>
#include <vfs/event_wait.hh>

namespace osprey::fs {

namespace {
constexpr u32 behaviour = epoll_exclusive | epoll_wakeup | epoll_oneshot | epoll_edge;
constexpr u32 always_told = vfs::poll_err | vfs::poll_hup;
constexpr unsigned deepest_nesting = 5;
/// One epoll is added to another at a time, so that no two can close a loop together.
constinit sync::mutex nesting{sync::lock_rank::none};
}  // namespace

struct watched_file final : vfs::file_watch {
    void target_gone(vfs::file&) noexcept override {
        {
            sync::lock_guard guard{mutex};
            while (epoll_item* i = items.front())
                i->owner.drop(*i);
        }
        delete this;
    }
    static result<watched_file*> of(vfs::file& f) noexcept {
        vfs::file_watch* now = f.watches.load(std::memory_order_acquire);
        if (now)
            return static_cast<watched_file*>(now);
        auto* fresh = new (std::nothrow) watched_file;
        if (!fresh)
            return errc::out_of_memory;
        if (f.watches.compare_exchange_strong(now, fresh, std::memory_order_acq_rel))
            return fresh;
        delete fresh;
        return static_cast<watched_file*>(now);
    }
    sync::mutex mutex;
    intrusive_list<epoll_item, &epoll_item::target_hook> items;
};

epoll_item::~epoll_item() {
    unsubscribe();
}

void epoll_item::subscribe(sync::wait_queue& queue) noexcept {
    auto* s = new (std::nothrow) subscription{*this, queue};
    if (!s) {
        out_of_memory = true;
        return;
    }
    s->next = subscriptions;
    subscriptions = s;
    if (events.load(std::memory_order_relaxed) & epoll_exclusive)
        queue.add_exclusive(*s);
    else
        queue.add(*s);
}

void epoll_item::unsubscribe() noexcept {
    while (subscription* s = subscriptions) {
        subscriptions = s->next;
        s->queue->remove(*s);
        delete s;
    }
}

void epoll_item::happened(sync::waiter& self, u32 key) noexcept {
    epoll_item& i = *static_cast<subscription&>(self).item;
    const u32 wanted = i.events.load(std::memory_order_relaxed);
    if ((wanted & ~behaviour) == 0)
        return;  // EPOLLONESHOT that has told
    if (key != 0 && !(key & (wanted | always_told)))
        return;
    i.owner.push(i);
}

TRACEPOINT(poll, epoll_ready, trace::address epoll);
void epoll_file::push(epoll_item& item) noexcept {
    TRACE(epoll_ready, this);
    if (item.queued.exchange(true, std::memory_order_acq_rel))
        return;
    item.next_pushed = pushed_.load(std::memory_order_relaxed);
    while (!pushed_.compare_exchange_weak(item.next_pushed, &item, std::memory_order_release,
                                          std::memory_order_relaxed)) {
    }
    waiting_.wake_one(vfs::poll_in | vfs::poll_rdnorm);
}

/// Moves what was pushed to the ready list, oldest first. `mutex_` held.
void epoll_file::drain() noexcept {
    epoll_item* newest = pushed_.exchange(nullptr, std::memory_order_acquire);
    epoll_item* oldest = nullptr;
    while (newest) {
        epoll_item* next = newest->next_pushed;
        newest->next_pushed = oldest;
        oldest = newest;
        newest = next;
    }
    u32 more = 0;
    for (; oldest; ++more) {
        epoll_item* next = oldest->next_pushed;
        ready_.push_back(*oldest);
        oldest = next;
    }
    if (more)
        ready_count_.fetch_add(more, std::memory_order_release);
}

epoll_item* epoll_file::find(vfs::file& target, int fd) noexcept {
    const epoll_item::key wanted{&target, fd};
    epoll_item* i = items_.lower_bound(wanted);
    return i && i->target == &target && i->fd == fd ? i : nullptr;
}

/// Does this epoll (or one that it watches) watch `wanted`? Too deep counts as yes.
bool epoll_file::watches(const epoll_file& wanted, unsigned depth) noexcept {
    if (this == &wanted || depth == 0)
        return true;
    sync::lock_guard guard{mutex_};
    for (epoll_item* i = items_.first(); i; i = items_.next(*i))
        if (i->target->is_epoll() &&
            static_cast<epoll_file*>(i->target)->watches(wanted, depth - 1))
            return true;
    return false;
}

TRACEPOINT(poll, epoll_ctl_add, i32 fd, trace::address events);
result<void> epoll_file::add(vfs::file& target, int fd, u32 events, u64 data) noexcept {
    TRACE(epoll_ctl_add, fd, events);
    if (!target.pollable())
        return errc::not_permitted;
    const bool nested = target.is_epoll();
    if (nested) {
        if (&target == this)
            return errc::invalid_argument;
        if (events & epoll_exclusive)
            return errc::invalid_argument;
        nesting.lock();
    }
    scope_exit end_nesting{[&] {
        if (nested)
            nesting.unlock();
    }};
    if (nested && static_cast<epoll_file&>(target).watches(*this, deepest_nesting))
        return errc::too_many_symlinks;
    watched_file* watched = TRY(watched_file::of(target));
    auto fresh = TRY(make_unique<epoll_item>(*this, target, fd));
    fresh->events.store(events | always_told, std::memory_order_relaxed);
    fresh->data = data;
    sync::lock_guard of_target{watched->mutex};
    sync::lock_guard guard{mutex_};
    if (find(target, fd))
        return errc::exists;
    const u32 now = target.poll(fresh.get());
    if (fresh->out_of_memory) {
        fresh->unsubscribe();
        drain();
        if (fresh->ready_hook.linked()) {
            ready_.remove(*fresh);
            ready_count_.fetch_sub(1, std::memory_order_relaxed);
        }
        return errc::out_of_memory;
    }
    epoll_item& item = *fresh.release();
    items_.insert(item);
    watched->items.push_back(item);
    if (now & (events | always_told))
        push(item);
    return ok;
}

TRACEPOINT(poll, epoll_ctl_modify, i32 fd, trace::address events);
result<void> epoll_file::modify(vfs::file& target, int fd, u32 events, u64 data) noexcept {
    TRACE(epoll_ctl_modify, fd, events);
    sync::lock_guard guard{mutex_};
    epoll_item* i = find(target, fd);
    if (!i)
        return errc::no_entry;
    if ((events | i->events.load(std::memory_order_relaxed)) & epoll_exclusive)
        return errc::invalid_argument;
    i->events.store(events | always_told, std::memory_order_release);
    i->data = data;
    if (target.poll(nullptr) & (events | always_told))
        push(*i);
    return ok;
}

/// Unlinks and frees an item. `mutex_` and the target's `watched_file::mutex` held.
void epoll_file::take_out(epoll_item& item) noexcept {
    item.unsubscribe();  // from here on nobody pushes it
    drain();
    if (item.ready_hook.linked()) {
        ready_.remove(item);
        ready_count_.fetch_sub(1, std::memory_order_relaxed);
    }
    items_.remove(item);
    intrusive_list<epoll_item, &epoll_item::target_hook>::remove(item);
    delete &item;
}

TRACEPOINT(poll, epoll_ctl_remove, i32 fd);
result<void> epoll_file::remove(vfs::file& target, int fd) noexcept {
    TRACE(epoll_ctl_remove, fd);
    auto* watched = static_cast<watched_file*>(target.watches.load(std::memory_order_acquire));
    if (!watched)
        return errc::no_entry;
    sync::lock_guard of_target{watched->mutex};
    sync::lock_guard guard{mutex_};
    epoll_item* i = find(target, fd);
    if (!i)
        return errc::no_entry;
    take_out(*i);
    return ok;
}

void epoll_file::drop(epoll_item& item) noexcept {
    sync::lock_guard guard{mutex_};
    take_out(item);
}

void epoll_file::released() noexcept {
    for (;;) {
        refptr<vfs::file> target;
        {
            sync::lock_guard guard{mutex_};
            epoll_item* i = items_.first();
            if (!i)
                return;
            if (i->target->try_add_ref())
                target = refptr<vfs::file>::adopt(i->target);
        }
        if (!target) {
            sched::yield();  // the target is going itself and takes the item out
            continue;
        }
        auto* watched = static_cast<watched_file*>(target->watches.load(std::memory_order_acquire));
        sync::lock_guard of_target{watched->mutex};
        sync::lock_guard guard{mutex_};
        for (epoll_item* i = items_.lower_bound(epoll_item::key{target.get(), -1});
             i && i->target == target.get();) {
            epoll_item* next = items_.next(*i);
            take_out(*i);
            i = next;
        }
    }
}

/// Asks the files on the ready list what holds. `mutex_` held. Their memory and their poll
/// operation are valid as long as the item exists, even while the last reference is going.
usize epoll_file::collect(epoll_happening* out, usize most) noexcept {
    usize found = 0;
    for (u32 left = ready_count_.load(std::memory_order_relaxed); left != 0 && found < most;
         --left) {
        epoll_item& i = *ready_.pop_front();
        ready_count_.fetch_sub(1, std::memory_order_relaxed);
        i.queued.store(false, std::memory_order_seq_cst);  // before the look: a later event pushes
        const u32 wanted = i.events.load(std::memory_order_acquire);
        if ((wanted & ~behaviour) == 0)
            continue;
        const u32 now = i.target->poll(nullptr) & wanted & ~behaviour;
        if (now == 0)
            continue;
        if (out)
            out[found] = {now, i.data};
        ++found;
        if (out && (wanted & epoll_oneshot)) {
            i.events.store(wanted & behaviour, std::memory_order_release);
            continue;
        }
        // Level-triggered items stay ready until a look finds nothing; a mere look keeps all.
        if (!(wanted & epoll_edge) || !out)
            if (!i.queued.exchange(true, std::memory_order_acq_rel)) {
                ready_.push_back(i);
                ready_count_.fetch_add(1, std::memory_order_release);
            }
    }
    return found;
}

TRACEPOINT(poll, epoll_wait, trace::address epoll, u64 most);
result<usize> epoll_file::wait(epoll_happening* out, usize most, instant deadline) noexcept {
    TRACE(epoll_wait, this, most);
    auto look = [&]() -> usize {
        if (!maybe_ready())
            return 0;
        sync::lock_guard guard{mutex_};
        drain();
        return collect(out, most);
    };
    if (usize found = look())
        return found;
    if (deadline <= sched::monotonic_now())
        return usize{0};
    for (;;) {
        auto woken = waiting_.wait_exclusive([this] { return maybe_ready(); },
                                             sched::wait_mode::interruptible, deadline);
        if (usize found = look()) {
            // What else was pushed is for the next thread.
            if (pushed_.load(std::memory_order_relaxed))
                waiting_.wake_one(vfs::poll_in | vfs::poll_rdnorm);
            return found;
        }
        if (!woken)
            return woken.error() == errc::timed_out ? result<usize>{usize{0}} : woken.error();
    }
}

u32 epoll_file::poll(vfs::poll_registration* w) noexcept {
    if (w)
        w->subscribe(waiting_);
    if (!maybe_ready())
        return 0;
    sync::lock_guard guard{mutex_};
    drain();
    return collect(nullptr, ~usize{0}) != 0 ? vfs::poll_in | vfs::poll_rdnorm : 0u;
}

const void* epoll_file::target_of(int fd, u32 skipped) noexcept {
    sync::lock_guard guard{mutex_};
    for (epoll_item* i = items_.first(); i; i = items_.next(*i))
        if (i->fd == fd && skipped-- == 0)
            return i->target;
    return nullptr;
}

usize epoll_file::describe(char* to, usize room) const noexcept {
    constexpr std::string_view text = "anon_inode:[eventpoll]";
    const usize n = text.size() < room ? text.size() : room;
    std::memcpy(to, text.data(), n);
    return n;
}

TRACEPOINT(poll, epoll_create, trace::address flags);
result<refptr<vfs::file>> make_epoll(u32 flags) noexcept {
    TRACE(epoll_create, flags);
    if (flags & ~u32{vfs::o_cloexec})
        return errc::invalid_argument;
    return TRY(make_ref<epoll_file>());
}

result<void> control_epoll(vfs::file& epoll, int operation, vfs::file& target, int fd, u32 events,
                           u64 data) noexcept {
    constexpr int add = 1, remove = 2, modify = 3;
    if (!epoll.is_epoll() || &epoll == &target)
        return errc::invalid_argument;
    auto& e = static_cast<epoll_file&>(epoll);
    switch (operation) {
        case add:
            return e.add(target, fd, events, data);
        case remove:
            return e.remove(target, fd);
        case modify:
            return e.modify(target, fd, events, data);
        default:
            return errc::invalid_argument;
    }
}

result<usize> wait_epoll(vfs::file& epoll, epoll_happening* out, usize most,
                         instant deadline) noexcept {
    if (!epoll.is_epoll())
        return errc::invalid_argument;
    return static_cast<epoll_file&>(epoll).wait(out, most, deadline);
}

result<const void*> watched_by(vfs::file& epoll, int fd, u32 skipped) noexcept {
    if (!epoll.is_epoll())
        return errc::invalid_argument;
    const void* target = static_cast<epoll_file&>(epoll).target_of(fd, skipped);
    if (!target)
        return errc::no_entry;
    return target;
}

}  // namespace osprey::fs
