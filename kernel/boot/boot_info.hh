// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>
#include <memory/initialize.hh>
#include <span>
#include <string_view>

namespace osprey::boot {

/// What a piece of physical memory is, numbered as ACPI's and e820's address range types.
enum class memory_kind : u32 {
    usable = 1,
    reserved = 2,
    acpi_tables = 3,
    acpi_nonvolatile = 4,
    unusable = 5,
};

struct memory_range {
    u64 start = 0;  // physical
    u64 bytes = 0;
    memory_kind kind{};
};

/// What the loader told about the machine, copied out of its memory; the same for every entry
/// protocol. Written once before anything else runs.
struct boot_info {
    std::span<const memory_range> memory_map;  // as the loader gave it, ascending
    std::string_view command_line;
    physical_address rsdp{};                // ACPI root pointer; zero: none given
    std::span<const memory_range> modules;  // initial RAM disks
    u64 entry_cycles = 0;                   // time-stamp counter at kernel entry
};

const boot_info& info() noexcept;

/// The memory that memory/ takes over.
memory::boot_memory early_memory() noexcept;

/// A free page below 640 KB for the start of other CPUs; kept out of `early_memory().free`.
physical_address trampoline_page() noexcept;

/// Reads the start information at physical address `start_info` (PVH protocol, below 1 GB).
void read_pvh_start_info(u32 start_info) noexcept;

}  // namespace osprey::boot
