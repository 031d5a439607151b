// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <arch/paging.hh>
#include <base/types.hh>

namespace osprey::arch {

/// Copies between kernel and application memory. Faults are resolved like the application's own;
/// what cannot be resolved ends the copy. No range check: see memory/user_pointer.hh.
/// Context: threads, interrupts on, may sleep.
/// @return bytes NOT copied (0: all done).
usize copy_user(void* destination, const void* source, usize bytes) noexcept;
usize zero_user(void* destination, usize bytes) noexcept;
/// Length of a string in application memory without its terminator, at most `limit`;
/// negative: fault.
i64 user_string_length(const char* text, usize limit) noexcept;
/// Atomic operations on application words; false on fault.
bool user_load(u32* address, u32& value) noexcept;
bool user_compare_exchange(u32* address, u32& expected, u32 desired, bool& exchanged) noexcept;

}  // namespace osprey::arch
