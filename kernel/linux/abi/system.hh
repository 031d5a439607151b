// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>

/// Structures about the machine.
namespace osprey::abi {

struct abi_utsname {
    char system[65], node[65], release[65], version[65], machine[65], domain[65];
};
static_assert(sizeof(abi_utsname) == 390);

struct abi_sysinfo {
    i64 uptime;
    u64 loads[3], total_memory, free_memory, shared_memory, buffer_memory, total_swap, free_swap;
    u16 processes, padding;
    u64 total_high, free_high;
    u32 memory_unit;
};
static_assert(sizeof(abi_sysinfo) == 112);
static_assert(__builtin_offsetof(abi_sysinfo, memory_unit) == 104);

}  // namespace osprey::abi
