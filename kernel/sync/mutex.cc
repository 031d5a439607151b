// SPDX-License-Identifier: BSD-3-Clause
#include <sync/mutex.hh>

#include <base/assert.hh>
#include <sched/scheduler.hh>
#include <trace/tracepoint.hh>

namespace osprey::sync {

/// Lives on the stack of the thread that waits.
struct mutex::waiter {
    sched::thread* thread;
    waiter* next = nullptr;  // older while on the stack, younger in the queue
    std::atomic<bool> granted{false};
};

namespace {

#ifdef OSPREY_DEBUG
void check_rank([[maybe_unused]] sched::thread* me, lock_rank rank) noexcept {
    if (!me || rank == lock_rank::none)
        return;
    const u32 bit = u32{1} << static_cast<unsigned>(rank);
    ensure((me->held_ranks & (bit | (bit - 1))) == 0, "mutex taken against the lock order");
    me->held_ranks |= bit;
}
/// A lock that was only tried cannot take part in a deadlock by waiting. @return whether it was
/// noted: not if one of its rank or below is held already.
bool note_rank(sched::thread* me, lock_rank rank) noexcept {
    const u32 bit = u32{1} << static_cast<unsigned>(rank);
    if (!me || rank == lock_rank::none || (me->held_ranks & (bit | (bit - 1))) != 0)
        return false;
    me->held_ranks |= bit;
    return true;
}
void forget_rank(sched::thread* me, lock_rank rank) noexcept {
    if (me && rank != lock_rank::none)
        me->held_ranks &= ~(u32{1} << static_cast<unsigned>(rank));
}
#else
void check_rank(sched::thread*, lock_rank) noexcept {}
#endif

}  // namespace

TRACEPOINT(lock, mutex_lock, trace::address mutex);
void mutex::lock() noexcept {
    TRACE(mutex_lock, this);
    sched::thread* me = arch::current_thread();
    check_rank(me, rank_);
    u64 seen = unlocked;
    if (!state_.compare_exchange_strong(seen, locked, std::memory_order_acquire,
                                        std::memory_order_relaxed)) [[unlikely]]
        lock_slow(seen, me);
    else
        owner_.store(me, std::memory_order_relaxed);
#ifdef OSPREY_DEBUG
    rank_noted_ = true;
#endif
}

TRACEPOINT(lock, mutex_try_lock, trace::address mutex);
bool mutex::try_lock() noexcept {
    TRACE(mutex_try_lock, this);
    sched::thread* me = arch::current_thread();
    u64 seen = unlocked;
    if (!state_.compare_exchange_strong(seen, locked, std::memory_order_acquire,
                                        std::memory_order_relaxed))
        return false;
#ifdef OSPREY_DEBUG
    rank_noted_ = note_rank(me, rank_);
#endif
    owner_.store(me, std::memory_order_relaxed);
    return true;
}

TRACEPOINT(lock, mutex_lock_wait, trace::address mutex);
void mutex::lock_slow(u64 seen, sched::thread* me) noexcept {
    TRACE(mutex_lock_wait, this);
    debug_ensure(!owned_by_current(), "recursive lock of a mutex");
    waiter self{.thread = me};
    for (;;) {
        if (seen == unlocked) {
            if (state_.compare_exchange_weak(seen, locked, std::memory_order_acquire,
                                             std::memory_order_relaxed)) {
                owner_.store(me, std::memory_order_relaxed);
                return;
            }
        } else {
            self.next = reinterpret_cast<waiter*>(seen - locked);
            if (state_.compare_exchange_weak(seen, reinterpret_cast<u64>(&self) + locked,
                                             std::memory_order_release, std::memory_order_relaxed))
                break;
        }
    }
    (void)sched::wait_until(
        [&self]() noexcept { return self.granted.load(std::memory_order_acquire); });
}

TRACEPOINT(lock, mutex_unlock, trace::address mutex);
void mutex::unlock() noexcept {
    TRACE(mutex_unlock, this);
    debug_ensure(owned_by_current(), "unlock of a mutex that another thread holds");
#ifdef OSPREY_DEBUG
    if (rank_noted_)
        forget_rank(arch::current_thread(), rank_);
#endif
    if (!queue_) {
        owner_.store(nullptr, std::memory_order_relaxed);
        u64 seen = locked;
        if (state_.compare_exchange_strong(seen, unlocked, std::memory_order_release,
                                           std::memory_order_relaxed)) [[likely]]
            return;
    }
    hand_over();
}

TRACEPOINT(lock, mutex_lock_wake, trace::address mutex);
void mutex::hand_over() noexcept {
    TRACE(mutex_lock_wake, this);
    if (!queue_) {
        auto* newest =
            reinterpret_cast<waiter*>(state_.exchange(locked, std::memory_order_acquire) - locked);
        while (newest) {
            waiter* older = newest->next;
            newest->next = queue_;
            queue_ = newest;
            newest = older;
        }
    }
    waiter& first = *queue_;
    queue_ = first.next;
    owner_.store(first.thread, std::memory_order_relaxed);
    // Once granted, the waiter may return and its thread may even end: preemption off keeps the
    // thread object in existence (RCU) until it has been woken.
    arch::preempt_guard readers;
    sched::thread* next = first.thread;
    first.granted.store(true, std::memory_order_release);
    sched::wake(*next);
}

bool mutex::owned_by_current() const noexcept {
    return owner_.load(std::memory_order_relaxed) == arch::current_thread();
}

}  // namespace osprey::sync
