// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/intrusive_list.hh>
#include <sched/scheduler.hh>
#include <sync/mutex.hh>

namespace osprey::sync {

/// One entry of a wait queue: a thread, or a callback (poll, epoll).
class waiter {
public:
    /// Runs in the waker's context with the queue locked: may wake threads, not sleep long, not
    /// touch the same queue. `key` is what the waker passed (poll event bits).
    using callback = void (*)(waiter& self, u32 key) noexcept;

    waiter() noexcept : thread_{arch::current_thread()} {}
    explicit waiter(callback function) noexcept : function_{function} {}
    waiter(const waiter&) = delete;

    /// Whether it is in a queue. A wake-up takes waiting threads out; callbacks stay until removed.
    [[nodiscard]] bool queued() const noexcept { return queued_.load(std::memory_order_acquire); }

private:
    friend class wait_queue;
    list_hook hook_;
    sched::thread* thread_ = nullptr;
    callback function_ = nullptr;
    bool exclusive_ = false;
    std::atomic<bool> queued_{false};
};

/// Threads (and callbacks) that wait for one thing. Context: threads only; interrupt handlers wake
/// a thread with `sched::wake` or `sync::event` instead.
///
/// A thread's waiter is taken out by the wake-up that wakes it, and has to be added again to wait
/// again; so each `wake_one` reaches a different exclusive waiter. The object that holds the queue
/// must outlive the calls of wakers (by a reference, say): they unlock it after having woken.
class wait_queue {
public:
    constexpr wait_queue() noexcept = default;
    /// For queues that are woken from a callback of another queue (nested epoll): `none`.
    constexpr explicit wait_queue(lock_rank rank) noexcept : mutex_{rank} {}
    wait_queue(const wait_queue&) = delete;

    void add(waiter& w) noexcept;
    /// At the end of the queue, and woken one at a time.
    void add_exclusive(waiter& w) noexcept;
    /// Harmless if it is not queued any more. @return whether it was: if not, it has been woken.
    bool remove(waiter& w) noexcept;

    /// Wakes all non-exclusive waiters and one exclusive. Costs one fence and one load when nobody
    /// waits.
    void wake_one(u32 key = 0) noexcept {
        if (anybody())
            wake(key, false);
    }
    void wake_all(u32 key = 0) noexcept {
        if (anybody())
            wake(key, true);
    }

    /// Is a wake-up worth its price? For wakers that have to prepare for one. The fence orders what
    /// the caller has just changed.
    [[nodiscard]] bool anybody_waits() const noexcept { return anybody(); }

    /// Sleeps until `ready()`; wake-ups of this queue make it look again. `ready` may take what it
    /// finds: it is not called again once it has been true.
    template <typename Condition>
    result<void> wait(Condition&& ready, sched::wait_mode mode = sched::wait_mode::interruptible,
                      instant deadline = instant::never()) noexcept {
        return wait_as(false, ready, mode, deadline);
    }

    /// As `wait`, but `wake_one` wakes one such waiter only: for conditions that one thread uses
    /// up.
    template <typename Condition>
    result<void> wait_exclusive(Condition&& ready,
                                sched::wait_mode mode = sched::wait_mode::interruptible,
                                instant deadline = instant::never()) noexcept {
        return wait_as(true, ready, mode, deadline);
    }

private:
    template <typename Condition>
    result<void> wait_as(bool exclusive, Condition& ready, sched::wait_mode mode,
                         instant deadline) noexcept {
        if (ready())
            return {};
        for (;;) {
            waiter self;
            exclusive ? add_exclusive(self) : add(self);
            sched::begin_wait();
            if (ready()) {
                sched::cancel_wait();
                // A wake-up that came meanwhile was for somebody else who waits.
                if (!remove(self) && exclusive)
                    wake_one();
                return {};
            }
            // Woken before it could sleep, for a condition that somebody else used up: queue again.
            if (!self.queued()) {
                sched::cancel_wait();
                continue;
            }
            const auto outcome = sched::commit_wait(mode, deadline);
            const bool woken = !remove(self);
            if (ready())
                return {};
            if (!outcome) {
                if (woken && exclusive)
                    wake_one();
                return outcome.error();
            }
        }
    }
    [[nodiscard]] bool anybody() const noexcept {
        // Orders the caller's condition before the look; `add` and `begin_wait` do the reverse.
        std::atomic_thread_fence(std::memory_order_seq_cst);
        return waiters_.load(std::memory_order_relaxed) != 0;
    }
    void wake(u32 key, bool all) noexcept;
    std::atomic<u32> waiters_{0};
    mutex mutex_{lock_rank::wait_queue};
    intrusive_list<waiter, &waiter::hook_> list_;  // exclusive ones behind the others
};

}  // namespace osprey::sync
