// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <arch/paging.hh>
#include <base/result.hh>

namespace osprey::memory {

/// A kernel stack with an unmapped guard page below it. @return its lowest address.
/// Context: threads, may sleep.
result<virtual_address> allocate_kernel_stack(usize bytes) noexcept;
void free_kernel_stack(virtual_address lowest, usize bytes) noexcept;

/// Maps device memory (BARs, APICs, tables) into the kernel; page rounding is done here.
/// @return the address of `start` itself.
result<void*> map_device(physical_address start, usize bytes,
                         arch::caching mode = arch::caching::uncached) noexcept;
void unmap_device(void* address, usize bytes) noexcept;

/// Ordinary memory that need not be contiguous on the bus: large kernel tables. The contents are
/// undefined. Context: threads, may sleep. @return `errc::out_of_memory`.
result<void*> map_memory(usize bytes) noexcept;
void unmap_memory(void* address, usize bytes) noexcept;

}  // namespace osprey::memory
