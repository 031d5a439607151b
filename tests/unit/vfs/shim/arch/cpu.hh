// SPDX-License-Identifier: BSD-3-Clause
// The CPU on the host: threads of the host, preemption as a read section of one big lock.
#pragma once

#include <base/types.hh>

namespace osprey::sched {
class thread;
}

namespace osprey::arch {

sched::thread* current_thread() noexcept;
inline u32 cpu_id() noexcept {
    return 0;
}
inline u32 cpu_count() noexcept {
    return 1;
}
void preempt_disable() noexcept;
void preempt_enable() noexcept;
struct preempt_guard {
    preempt_guard() noexcept { preempt_disable(); }
    ~preempt_guard() { preempt_enable(); }
    preempt_guard(const preempt_guard&) = delete;
};
inline void relax() noexcept {}
inline u64 cycle_counter() noexcept {
    return __builtin_ia32_rdtsc();
}

}  // namespace osprey::arch
