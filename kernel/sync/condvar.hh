// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sync/mutex.hh>
#include <sync/wait_queue.hh>

namespace osprey::sync {

/// Condition variable for `mutex`. Waking with or without the mutex held are both fine.
/// Context: threads.
class condvar {
public:
    constexpr condvar() noexcept = default;

    /// Unlocks, sleeps until woken, locks again. Wake-ups are given to waiters in order of arrival.
    /// @return `errc::timed_out`, `errc::interrupted`; the mutex is held in any case.
    result<void> wait(mutex& held, sched::wait_mode mode = sched::wait_mode::uninterruptible,
                      instant deadline = instant::never()) noexcept;
    void wake_one() noexcept { queue_.wake_one(); }
    void wake_all() noexcept { queue_.wake_all(); }

private:
    wait_queue queue_;
};

}  // namespace osprey::sync
