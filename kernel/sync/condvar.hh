// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sync/mutex.hh>
#include <sync/wait_queue.hh>

namespace osprey::sync {

/// Condition variable for `mutex`. Context: threads.
class condvar {
public:
    /// Unlocks, sleeps until woken, locks again. Wake-ups may be spurious.
    result<void> wait(mutex& held, sched::wait_mode mode = sched::wait_mode::uninterruptible,
                      instant deadline = instant::never()) noexcept;
    void wake_one() noexcept;
    void wake_all() noexcept;

private:
    wait_queue queue_;
    std::atomic<u32> generation_{0};
};

}  // namespace osprey::sync
