// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <arch/paging.hh>

namespace osprey::arch {

/// Gives the kernel image its final protection (text RX, rodata R, data RW, everything else NX)
/// and unmaps the guard page of the boot stack. Boot CPU, once.
void map_kernel_image() noexcept;

/// Maps physical memory (firmware tables, interrupt controllers, HPET) before memory/ is up, for
/// good: a window of 2 MB in all. Panics when the window is full. Boot CPU only.
void* map_early(physical_address start, usize bytes, caching mode) noexcept;

/// Drops every translation of this CPU, global ones included.
void flush_global() noexcept;

/// Shows the first GB at address 0 (for the start of other CPUs), or hides it again. Flushes this
/// CPU's translations only.
void show_identity_map(bool shown) noexcept;

/// Bytes of physical memory that the early tables show at `direct_map_base`.
inline constexpr u64 early_direct_map_bytes = u64{1} << 30;

}  // namespace osprey::arch
