// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>

namespace osprey::arch {

/// Fills `to` from the processor's random generator: RDSEED where CPUID names it, else RDRAND.
/// Any context.
/// @return bytes written: fewer than asked, or 0, when there is no generator or it gives nothing.
usize hardware_random(void* to, usize bytes) noexcept;

/// Fills `to` with how long each of a row of instructions took that the hypervisor or the processor
/// does at its own pace. Worth about a bit per sample of 8 bytes; never fails. Any context.
void timing_noise(void* to, usize bytes) noexcept;

}  // namespace osprey::arch
