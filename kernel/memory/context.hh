// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <arch/cpu.hh>

namespace osprey::memory {

/// May the running code take a mutex? Not with preemption off; but before threads exist, when there
/// is nobody to wait for, it may. `own_guards`: preemption guards of the caller that do not count.
inline bool may_sleep(u32 own_guards = 0) noexcept {
    const arch::cpu_block& cpu = arch::this_cpu();
    return cpu.preempt_count == own_guards || cpu.current == nullptr;
}

}  // namespace osprey::memory
