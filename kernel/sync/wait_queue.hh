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

    waiter() noexcept : thread_{&sched::current()} {}
    explicit waiter(callback function) noexcept : function_{function} {}
    waiter(const waiter&) = delete;

private:
    friend class wait_queue;
    list_hook hook_;
    sched::thread* thread_ = nullptr;
    callback function_ = nullptr;
    bool exclusive_ = false;
};

/// Threads (and callbacks) that wait for one thing. Context: threads only; interrupt handlers wake
/// a thread with `sched::wake` instead.
class wait_queue {
public:
    constexpr wait_queue() noexcept = default;
    wait_queue(const wait_queue&) = delete;

    void add(waiter& w) noexcept;
    void add_exclusive(waiter& w) noexcept;
    void remove(waiter& w) noexcept;  // harmless if it is not queued any more

    /// Wakes all non-exclusive waiters and one exclusive. Costs one load when nobody waits.
    void wake_one(u32 key = 0) noexcept;
    void wake_all(u32 key = 0) noexcept;

    /// Sleeps until `ready()`; wake-ups of this queue make it look again.
    template <typename Condition>
    result<void> wait(Condition&& ready, sched::wait_mode mode = sched::wait_mode::interruptible,
                      instant deadline = instant::never()) noexcept {
        if (ready())
            return {};
        waiter self;
        add(self);
        auto outcome = sched::wait_until(static_cast<Condition&&>(ready), mode, deadline);
        remove(self);
        return outcome;
    }

private:
    void wake(u32 key, bool all) noexcept;
    std::atomic<u32> waiters_{0};
    mutex mutex_{lock_rank::wait_queue};
    intrusive_list<waiter, &waiter::hook_> list_;
};

}  // namespace osprey::sync
