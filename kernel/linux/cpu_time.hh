// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <process/task.hh>

namespace osprey::abi {

/// CPU time that a process has used, its ended and its running tasks together, in ns.
/// Context: threads.
inline u64 cpu_time_of(proc::process& p) noexcept {
    u64 sum =
        p.user_ns.load(std::memory_order_relaxed) + p.system_ns.load(std::memory_order_relaxed);
    p.for_each_task(
        [](proc::task& t, void* total) {
            *static_cast<u64*>(total) += t.cpu_time_ns();
            return true;
        },
        &sum);
    return sum;
}

}  // namespace osprey::abi
