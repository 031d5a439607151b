// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sched/scheduler.hh>
#include <sync/wait_queue.hh>

namespace osprey::vfs {

/// A place in one wait queue that remembers whether the queue was woken since the last look: for
/// conditions that need a lock to be tested, which cannot be done between the two halves of a wait.
///     event_wait w{queue}; while (!condition_under_lock()) TRY_VOID(w.wait());
class event_wait final : private sync::waiter {
public:
    explicit event_wait(sync::wait_queue& queue, bool exclusive = false) noexcept
        : waiter{&woken}, queue_{queue} {
        if (exclusive)
            queue_.add_exclusive(*this);
        else
            queue_.add(*this);
    }
    ~event_wait() { queue_.remove(*this); }

    /// Sleeps until woken since the last `wait` (or since construction).
    /// @return `errc::interrupted`, `errc::timed_out`.
    result<void> wait(sched::wait_mode mode = sched::wait_mode::interruptible,
                      instant deadline = instant::never()) noexcept {
        auto outcome = sched::wait_until(
            [this] { return happened_.load(std::memory_order_acquire); }, mode, deadline);
        happened_.store(false, std::memory_order_relaxed);
        return outcome;
    }

private:
    static void woken(sync::waiter& self, u32) noexcept {
        auto& w = static_cast<event_wait&>(self);
        if (!w.happened_.exchange(true, std::memory_order_acq_rel))
            sched::wake(w.thread_);
    }
    sync::wait_queue& queue_;
    sched::thread& thread_ = sched::current();
    std::atomic<bool> happened_{false};
};

}  // namespace osprey::vfs
