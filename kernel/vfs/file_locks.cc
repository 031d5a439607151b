// SPDX-License-Identifier: BSD-3-Clause
#include <base/scope_exit.hh>
#include <trace/tracepoint.hh>
#include <vfs/event_wait.hh>
#include <vfs/file_locks.hh>

namespace osprey::vfs {

namespace {

/// A record lock somebody sleeps for: the edges of the graph in which cycles are deadlocks.
struct waiting_owner {
    list_hook link;
    const void* owner;
    const void* blocked_by;
};
constinit sync::mutex waiting_mutex{sync::lock_rank::none};
constinit intrusive_list<waiting_owner, &waiting_owner::link> waiting;

/// Would `owner` wait for itself? `waiting_mutex` held.
bool closes_cycle(const void* owner, const void* blocker) noexcept {
    for (unsigned steps = 0; steps < 1000; ++steps) {
        if (blocker == owner)
            return true;
        const void* next = nullptr;
        for (auto& w : waiting)
            if (w.owner == blocker)
                next = w.blocked_by;
        if (!next)
            return false;
        blocker = next;
    }
    return true;
}

}  // namespace

struct lock_operations {
    using lock = lock_list::lock;
    using range = lock_list::range;
    using style = lock_list::style;
    using mode = lock_list::mode;

    static bool overlap(const range& a, const range& b) noexcept {
        return a.start < b.end && b.start < a.end;
    }

    static result<lock_list*> of(vnode& node) noexcept {
        lock_list* now = node.locks.load(std::memory_order_acquire);
        if (now)
            return now;
        auto* fresh = new (std::nothrow) lock_list;
        if (!fresh)
            return errc::no_locks;
        if (node.locks.compare_exchange_strong(now, fresh, std::memory_order_acq_rel))
            return fresh;
        delete fresh;
        return now;
    }

    static lock* conflict(lock_list& l, style kind, const void* owner, mode how,
                          const range& bytes) noexcept {
        for (lock& held : l.held_)
            if (held.kind == kind && held.owner != owner && overlap(held.bytes, bytes) &&
                (held.how == mode::exclusive || how == mode::exclusive))
                return &held;
        return nullptr;
    }

    static lock* make(style kind, const void* owner, i32 pid, mode how,
                      const range& bytes) noexcept {
        auto* fresh = new (std::nothrow) lock;
        if (fresh) {
            fresh->owner = owner;
            fresh->pid = pid;
            fresh->kind = kind;
            fresh->how = how;
            fresh->bytes = bytes;
        }
        return fresh;
    }

    /// Takes `bytes` out of all record locks of `owner`. `spare` serves where one lock becomes two.
    /// @return whether anything was given up.
    static bool cut(lock_list& l, style kind, const void* owner, const range& bytes,
                    lock*& spare) noexcept {
        bool any = false;
        for (auto it = l.held_.begin(); it != l.held_.end();) {
            lock& held = *it;
            ++it;
            if (held.kind != kind || held.owner != owner || !overlap(held.bytes, bytes))
                continue;
            any = true;
            const bool left = held.bytes.start < bytes.start;
            const bool right = held.bytes.end > bytes.end;
            if (left && right) {
                lock* tail = std::exchange(spare, nullptr);
                *tail = {{},        held.owner, held.pid,
                         held.kind, held.how,   {bytes.end, held.bytes.end}};
                held.bytes.end = bytes.start;
                l.held_.push_back(*tail);
            } else if (left) {
                held.bytes.end = bytes.start;
            } else if (right) {
                held.bytes.start = bytes.end;
            } else {
                l.held_.remove(held);
                delete &held;
            }
        }
        return any;
    }

    /// Neighbours of the same owner and mode become one.
    static void merge(lock_list& l, lock& fresh) noexcept {
        for (auto it = l.held_.begin(); it != l.held_.end();) {
            lock& held = *it;
            ++it;
            if (&held == &fresh || held.kind != fresh.kind || held.owner != fresh.owner ||
                held.how != fresh.how)
                continue;
            if (held.bytes.end == fresh.bytes.start)
                fresh.bytes.start = held.bytes.start;
            else if (held.bytes.start == fresh.bytes.end)
                fresh.bytes.end = held.bytes.end;
            else
                continue;
            l.held_.remove(held);
            delete &held;
        }
    }

    static result<void> acquire(lock_list& l, style kind, const record_request& r, bool wait,
                                bool detect) noexcept {
        lock* fresh = make(kind, r.owner, r.pid, r.how, r.bytes);
        lock* spare = make(kind, r.owner, r.pid, r.how, r.bytes);
        scope_exit free_unused{[&] {
            delete fresh, delete spare;
        }};
        if (!fresh || !spare)
            return errc::no_locks;
        const void* blocker = nullptr;
        auto place = [&] {
            sync::lock_guard guard{l.mutex_};
            if (lock* held = conflict(l, kind, r.owner, r.how, r.bytes)) {
                blocker = held->owner;
                return false;
            }
            const bool replaced = cut(l, kind, r.owner, r.bytes, spare);
            lock& placed = *std::exchange(fresh, nullptr);
            l.held_.push_back(placed);
            merge(l, placed);
            if (replaced)
                l.released_.wake_all();  // exclusive may have become shared
            return true;
        };
        if (place())
            return ok;
        if (!wait)
            return errc::again;
        for (event_wait w{l.released_}; !place();) {
            waiting_owner edge{{}, r.owner, blocker};
            if (detect) {
                sync::lock_guard guard{waiting_mutex};
                if (closes_cycle(r.owner, blocker))
                    return errc::deadlock;
                waiting.push_back(edge);
            }
            auto woken = w.wait();
            if (detect) {
                sync::lock_guard guard{waiting_mutex};
                waiting.remove(edge);
            }
            TRY_VOID(std::move(woken));
        }
        return ok;
    }

    static result<void> release(lock_list& l, style kind, const void* owner,
                                const range& bytes) noexcept {
        lock* spare = make(kind, owner, 0, mode::shared, bytes);
        if (!spare)
            return errc::no_locks;
        {
            sync::lock_guard guard{l.mutex_};
            if (cut(l, kind, owner, bytes, spare))
                l.released_.wake_all();
        }
        delete spare;
        return ok;
    }

    /// Everything of one owner; needs no memory.
    static void release_all(lock_list& l, const void* owner) noexcept {
        sync::lock_guard guard{l.mutex_};
        bool any = false;
        for (auto it = l.held_.begin(); it != l.held_.end();) {
            lock& held = *it;
            ++it;
            if (held.owner != owner)
                continue;
            l.held_.remove(held);
            delete &held;
            any = true;
        }
        if (any)
            l.released_.wake_all();
    }

    static void clear(lock_list& l) noexcept {
        while (lock* held = l.held_.pop_front())
            delete held;
    }
    static bool view_conflict(lock_list& l, const record_request& r,
                              lock_list::view& out) noexcept {
        sync::lock_guard guard{l.mutex_};
        lock* first = nullptr;
        for (lock& held : l.held_)
            if (held.kind == style::record && held.owner != r.owner &&
                overlap(held.bytes, r.bytes) &&
                (held.how == mode::exclusive || r.how == mode::exclusive) &&
                (!first || held.bytes.start < first->bytes.start))
                first = &held;
        if (first)
            out = {first->bytes, first->how, first->pid};
        return first != nullptr;
    }
};

lock_list::~lock_list() {
    lock_operations::clear(*this);
}

TRACEPOINT(vfs, vfs_flock, trace::address file, u32 operation);
result<void> lock_file(file& f, u32 operation) noexcept {
    TRACE(vfs_flock, &f, operation);
    constexpr u32 shared = 1, exclusive = 2, nonblocking = 4, unlock = 8;
    if (!f.node())
        return errc::bad_descriptor;
    lock_list* l = TRY(lock_operations::of(*f.node()));
    record_request r;
    r.owner = &f;
    switch (operation & ~nonblocking) {
        case unlock:
            return lock_operations::release(*l, lock_list::style::flock, &f, r.bytes);
        case shared:
        case exclusive:
            r.how = operation & exclusive ? lock_list::mode::exclusive : lock_list::mode::shared;
            f.holds_locks.store(true, std::memory_order_relaxed);
            // flock(2): converting a lock first gives up the old one
            TRY_VOID(lock_operations::release(*l, lock_list::style::flock, &f, r.bytes));
            return lock_operations::acquire(*l, lock_list::style::flock, r,
                                            !(operation & nonblocking), false);
        default:
            return errc::invalid_argument;
    }
}

TRACEPOINT(vfs, vfs_record_lock, trace::address file, bool wait);
result<void> set_record_lock(file& f, const record_request& request, bool wait) noexcept {
    TRACE(vfs_record_lock, &f, wait);
    if (!f.node())
        return errc::bad_descriptor;
    lock_list* l = TRY(lock_operations::of(*f.node()));
    const bool by_description = request.owner == &f;
    if (by_description)
        f.holds_locks.store(true, std::memory_order_relaxed);
    return lock_operations::acquire(*l, lock_list::style::record, request, wait, !by_description);
}

result<void> unlock_records(file& f, const record_request& request) noexcept {
    if (!f.node())
        return errc::bad_descriptor;
    lock_list* l = f.node()->locks.load(std::memory_order_acquire);
    if (!l)
        return ok;
    return lock_operations::release(*l, lock_list::style::record, request.owner, request.bytes);
}

result<bool> get_record_lock(file& f, const record_request& request,
                             lock_list::view& in_the_way) noexcept {
    if (!f.node())
        return errc::bad_descriptor;
    lock_list* l = f.node()->locks.load(std::memory_order_acquire);
    return l && lock_operations::view_conflict(*l, request, in_the_way);
}

void release_record_locks(vnode& node, const void* owner) noexcept {
    if (lock_list* l = node.locks.load(std::memory_order_acquire))
        lock_operations::release_all(*l, owner);
}

void release_file_locks(file& f) noexcept {
    if (f.node())
        release_record_locks(*f.node(), &f);
}

}  // namespace osprey::vfs
