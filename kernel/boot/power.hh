// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>

namespace osprey::boot {

/// Switches the machine off by ACPI; without ACPI leaves QEMU through isa-debug-exit with value 0,
/// or resets. Context: any.
[[noreturn]] void power_off() noexcept;

/// Restarts the machine (FADT reset register, keyboard controller, triple fault). Context: any.
[[noreturn]] void reset() noexcept;

/// Leaves QEMU through isa-debug-exit: its exit code is `value * 2 + 1`. Powers off when the
/// device is missing. Context: any.
[[noreturn]] void exit_with(u8 value) noexcept;

/// What `exit_with` is given for a kernel crash.
inline constexpr u8 crash_exit_value = 0x3f;

}  // namespace osprey::boot
