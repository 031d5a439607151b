// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include_next <arch/cpu.hh>

namespace osprey::arch {

inline u32 cpu_id() noexcept {
    return 0;
}
inline u32 cpu_count() noexcept {
    return 1;
}

}  // namespace osprey::arch
