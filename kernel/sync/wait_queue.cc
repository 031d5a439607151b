// SPDX-License-Identifier: BSD-3-Clause
#include <sync/wait_queue.hh>

#include <base/assert.hh>
#include <trace/tracepoint.hh>

namespace osprey::sync {

TRACEPOINT(lock, waitqueue_wait, trace::address queue);
void wait_queue::add(waiter& w) noexcept {
    TRACE(waitqueue_wait, this);
    lock_guard guard{mutex_};
    debug_ensure(!w.queued_.load(std::memory_order_relaxed), "waiter added twice");
    w.exclusive_ = false;
    w.queued_.store(true, std::memory_order_relaxed);
    list_.push_front(w);
    waiters_.fetch_add(1, std::memory_order_seq_cst);
}

TRACEPOINT(lock, waitqueue_wait_exclusive, trace::address queue);
void wait_queue::add_exclusive(waiter& w) noexcept {
    TRACE(waitqueue_wait_exclusive, this);
    lock_guard guard{mutex_};
    debug_ensure(!w.queued_.load(std::memory_order_relaxed), "waiter added twice");
    w.exclusive_ = true;
    w.queued_.store(true, std::memory_order_relaxed);
    list_.push_back(w);
    waiters_.fetch_add(1, std::memory_order_seq_cst);
}

bool wait_queue::remove(waiter& w) noexcept {
    if (!w.queued_.load(std::memory_order_acquire))
        return false;
    lock_guard guard{mutex_};
    if (!w.queued_.load(std::memory_order_relaxed))
        return false;
    list_.remove(w);
    w.queued_.store(false, std::memory_order_relaxed);
    waiters_.fetch_sub(1, std::memory_order_relaxed);
    return true;
}

TRACEPOINT(lock, waitqueue_wake, trace::address queue, bool all);
void wait_queue::wake(u32 key, bool all) noexcept {
    TRACE(waitqueue_wake, this, all);
    lock_guard guard{mutex_};
    for (auto at = list_.begin(); at != list_.end();) {
        waiter& w = *at;
        ++at;
        const bool last = w.exclusive_ && !all;
        if (w.function_) {
            w.function_(w, key);
        } else {
            list_.remove(w);
            waiters_.fetch_sub(1, std::memory_order_relaxed);
            // When `queued_` is false the waiter may be gone at once, and its thread too: RCU.
            arch::preempt_guard readers;
            sched::thread& t = *w.thread_;
            w.queued_.store(false, std::memory_order_release);
            sched::wake(t);
        }
        if (last)
            return;
    }
}

}  // namespace osprey::sync
