// SPDX-License-Identifier: BSD-3-Clause
// The host's stand-in for a CPU: each host thread is one.
#pragma once

#include <base/types.hh>

namespace osprey::sched {
class thread;
}

namespace osprey::arch {

struct cpu_block {
    u32 preempt_count = 0, need_resched = 0, interrupt_depth = 0;
};
inline thread_local sched::thread* host_current = nullptr;
inline thread_local cpu_block host_cpu;

inline sched::thread* current_thread() noexcept {
    return host_current;
}
inline cpu_block& this_cpu() noexcept {
    return host_cpu;
}
struct preempt_guard {
    preempt_guard() noexcept {}
    ~preempt_guard() {}
    preempt_guard(const preempt_guard&) = delete;
};

}  // namespace osprey::arch
