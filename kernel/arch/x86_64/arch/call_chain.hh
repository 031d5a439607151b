// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <arch/registers.hh>
#include <span>

/// Who called whom, by frame pointers. Context: any, interrupts off; never faults.
namespace osprey::arch {

/// Return addresses on the running kernel stack, innermost first, from the frame at
/// `frame_pointer`. @return how many.
usize kernel_callers(u64 frame_pointer, std::span<u64> to) noexcept;

/// Where the application stands that the running thread belongs to, and its callers as far as its
/// code keeps frame pointers. Only for threads of applications that have been in their application.
usize application_callers(const register_frame& frame, std::span<u64> to) noexcept;

/// What the interrupt that is being handled on this CPU interrupted.
const register_frame* interrupted_frame() noexcept;

}  // namespace osprey::arch
