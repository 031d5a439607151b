// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>
#include <span>

namespace osprey::memory {

/// A piece of physical memory; start and size are multiples of `page_size`.
struct boot_range {
    physical_address start{};
    u64 bytes = 0;
};

/// What the boot code hands over.
struct boot_memory {
    std::span<const boot_range> ram;   ///< all RAM, ascending, not overlapping, not adjacent
    std::span<const boot_range> free;  ///< the parts of it that nothing occupies, ascending
    /// The early page tables show [0, mapped) at `arch::direct_map_base`. At least 1 MB of free
    /// memory must lie inside.
    u64 mapped = 0;
};

/// Brings up the direct map of all RAM (in the page table that is loaded), the frame table, the
/// frame allocator and the kernel heap. Afterwards `allocate` and `allocate_frames` work, on this
/// CPU and on every CPU whose `cpu_block` is set up. Panics when memory does not suffice.
/// Context: boot CPU, per-CPU area of CPU 0 in place, before threads.
void initialize(const boot_memory& boot) noexcept;

/// Starts the write-back and reclaim threads. Context: thread, scheduler running.
void initialize_late() noexcept;

/// Hands memory that was in use at `initialize` (boot data, an initial RAM disk) to the frame
/// allocator. Context: threads.
void give_back(physical_address start, u64 bytes) noexcept;

/// NUMA: frames of [start, start+bytes) belong to `node`, as ACPI SRAT tells. Nodes above 7 count
/// as node 7. Context: threads; frames that are in use keep working.
void set_node(physical_address start, u64 bytes, unsigned node) noexcept;
/// The node whose memory the running CPU `cpu` prefers.
void set_cpu_node(u32 cpu, unsigned node) noexcept;

/// `--selftest=memory`: exercises frames, heap, kernel mappings, address spaces and objects in the
/// running kernel. @return whether everything held. Context: thread.
bool self_test() noexcept;

}  // namespace osprey::memory
