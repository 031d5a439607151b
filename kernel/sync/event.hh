// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sched/scheduler.hh>

namespace osprey::sync {

/// Something that happens and that one thread at a time waits for: the way from an interrupt
/// handler to a thread. Stays signalled until a wait takes it; signals do not add up.
///
/// `signal` touches the event once only, so the waiter may destroy it as soon as `wait` returns.
/// Context: `signal` any; `wait` threads.
class event {
public:
    constexpr event() noexcept = default;
    event(const event&) = delete;

    void signal() noexcept {
        arch::preempt_guard readers;  // the waiter's thread stays in existence (RCU)
        const u64 before = state_.exchange(signalled, std::memory_order_acq_rel);
        if (before > signalled)
            sched::wake(*reinterpret_cast<sched::thread*>(before));
    }

    /// @return `errc::timed_out` or `errc::interrupted`: not signalled so far.
    result<void> wait(sched::wait_mode mode = sched::wait_mode::uninterruptible,
                      instant deadline = instant::never()) noexcept {
        if (take())
            return {};
        u64 seen = idle;
        const u64 self = reinterpret_cast<u64>(arch::current_thread());
        if (!state_.compare_exchange_strong(seen, self, std::memory_order_acq_rel))
            return take_or_wait_in_vain();
        const auto outcome = sched::wait_until(
            [this]() noexcept { return state_.load(std::memory_order_acquire) == signalled; }, mode,
            deadline);
        if (!outcome) {
            seen = self;
            if (state_.compare_exchange_strong(seen, idle, std::memory_order_acq_rel))
                return outcome.error();
        }
        state_.store(idle, std::memory_order_relaxed);
        return {};
    }
    /// Takes the signal if there is one.
    [[nodiscard]] bool take() noexcept {
        u64 seen = signalled;
        return state_.load(std::memory_order_relaxed) == signalled &&
               state_.compare_exchange_strong(seen, idle, std::memory_order_acquire);
    }

private:
    static constexpr u64 idle = 0, signalled = 1;  // else: the thread that waits

    result<void> take_or_wait_in_vain() noexcept {
        // Signalled between the two looks; a second waiter is a bug of the caller.
        return take() ? result<void>{} : errc::busy;
    }
    std::atomic<u64> state_{idle};
};

}  // namespace osprey::sync
