// SPDX-License-Identifier: BSD-3-Clause
#include <sync/rwlock.hh>

#include <base/assert.hh>
#include <sched/scheduler.hh>
#include <trace/tracepoint.hh>

namespace osprey::sync {

bool rwlock::try_lock_shared() noexcept {
    u32 seen = state_.load(std::memory_order_relaxed);
    while (!(seen & writer))
        if (state_.compare_exchange_weak(seen, seen + 1, std::memory_order_acquire,
                                         std::memory_order_relaxed))
            return true;
    return false;
}

TRACEPOINT(lock, rwlock_lock_shared, trace::address rwlock);
void rwlock::lock_shared() noexcept {
    TRACE(rwlock_lock_shared, this);
    if (try_lock_shared()) [[likely]]
        return;
    // Behind the writer and all who wait already. With the mutex in hand there is no writer.
    lock_guard turn{writers_};
    state_.fetch_add(1, std::memory_order_acquire);
}

void rwlock::unlock_shared() noexcept {
    arch::preempt_guard readers;  // RCU keeps the writer's thread in existence until it is woken
    if (state_.fetch_sub(1, std::memory_order_seq_cst) - 1 == writer) [[unlikely]]
        if (sched::thread* t = draining_.load(std::memory_order_seq_cst))
            sched::wake(*t);
}

TRACEPOINT(lock, rwlock_lock, trace::address rwlock);
void rwlock::lock() noexcept {
    TRACE(rwlock_lock, this);
    writers_.lock();
    if (state_.fetch_or(writer, std::memory_order_seq_cst) != 0)
        wait_for_readers();
    std::atomic_thread_fence(std::memory_order_acquire);
}

TRACEPOINT(lock, rwlock_wait_for_readers, trace::address rwlock);
void rwlock::wait_for_readers() noexcept {
    TRACE(rwlock_wait_for_readers, this);
    draining_.store(arch::current_thread(), std::memory_order_seq_cst);
    (void)sched::wait_until(
        [this]() noexcept { return state_.load(std::memory_order_seq_cst) == writer; });
    draining_.store(nullptr, std::memory_order_relaxed);
}

bool rwlock::try_lock() noexcept {
    if (!writers_.try_lock())
        return false;
    u32 seen = 0;
    if (state_.compare_exchange_strong(seen, writer, std::memory_order_acquire,
                                       std::memory_order_relaxed))
        return true;
    writers_.unlock();
    return false;
}

TRACEPOINT(lock, rwlock_unlock, trace::address rwlock);
void rwlock::unlock() noexcept {
    TRACE(rwlock_unlock, this);
    debug_ensure(writers_.owned_by_current(), "unlock of an rwlock that another thread holds");
    state_.fetch_and(~writer, std::memory_order_release);
    writers_.unlock();
}

}  // namespace osprey::sync
