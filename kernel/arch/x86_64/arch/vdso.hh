// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <base/types.hh>

namespace osprey::arch {

/// The page that the kernel writes and the vDSO reads, just below the vDSO's ELF header.
struct vdso_data {
    /// Odd while `realtime_offset` changes; readers try again.
    std::atomic<u32> sequence;
    u32 usable;  // 0: the clock is not the cycle counter, ask the kernel
    // As arch::clock_parameters
    u64 base_tsc, base_ns;
    u32 multiplier, shift;
    std::atomic<i64> realtime_offset;  // ns to add to the monotonic clock
};

/// The ELF image of the vDSO (linked into the kernel).
extern "C" const char vdso_image_start[], vdso_image_end[];

}  // namespace osprey::arch
