// SPDX-License-Identifier: BSD-3-Clause
#include <sync/condvar.hh>
#include <trace/tracepoint.hh>

namespace osprey::sync {

TRACEPOINT(lock, condvar_wait, trace::address condvar);
result<void> condvar::wait(mutex& held, sched::wait_mode mode, instant deadline) noexcept {
    TRACE(condvar_wait, this);
    waiter self;
    queue_.add_exclusive(self);
    held.unlock();
    // Whoever takes `self` out of the queue has woken it: that is the condition.
    auto outcome = sched::wait_until([&self]() noexcept { return !self.queued(); }, mode, deadline);
    if (!outcome && !queue_.remove(self))
        outcome = result<void>{};  // woken at the last moment: the wake-up must not get lost
    held.lock();
    return outcome;
}

}  // namespace osprey::sync
