// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <arch/cpu.hh>
#include <atomic>
#include <base/result.hh>
#include <base/retire.hh>

namespace osprey::sync {

/// Read-side critical section: readers see objects that were reachable when it began, intact.
/// Costs one preemption-off. May not sleep.
using rcu_read_guard = arch::preempt_guard;

/// Embedded in an object that is freed after a grace period. `retire` of base/ is the same as
/// `rcu_defer`, for structures there.
using rcu_head = retired;

/// Calls `function(head)` in a kernel thread once every reader of now is done; callbacks of one CPU
/// run in order, in batches some milliseconds apart. Context: any but interrupt handlers; never
/// sleeps, never allocates.
void rcu_defer(rcu_head& head, void (*function)(rcu_head*)) noexcept;
/// Waits until every reader of now is done. At once with one CPU. Context: threads, preemption on.
void rcu_synchronize() noexcept;

/// About how many callbacks have not run yet. Reclaim waits for them: they free memory.
u64 rcu_waiting() noexcept;

/// Starts the thread that runs callbacks; until then they wait. Context: thread.
result<void> start_rcu() noexcept;

/// Pointer published to RCU readers.
template <typename T>
class rcu_pointer {
public:
    constexpr rcu_pointer(T* p = nullptr) noexcept : pointer_{p} {}
    T* read() const noexcept { return pointer_.load(std::memory_order_acquire); }
    void publish(T* p) noexcept { pointer_.store(p, std::memory_order_release); }

private:
    std::atomic<T*> pointer_;
};

}  // namespace osprey::sync
