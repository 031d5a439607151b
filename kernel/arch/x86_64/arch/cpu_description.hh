// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/format.hh>
#include <base/types.hh>
#include <string_view>

namespace osprey::arch {

/// What uname(2) calls the machine.
inline constexpr std::string_view machine_name = "x86_64";

/// Writes the lines of /proc/cpuinfo (proc(5)) for CPU `id`, as CPUID of the running CPU tells;
/// all CPUs of a machine are taken to be alike. Any context.
void describe_cpu(text_sink& out, u32 id) noexcept;

/// A cache as CPUID describes it.
struct cpu_cache {
    u32 level, line_bytes, partitions, ways, sets;
    u32 shared_by;  // CPUs, as far as the processor's layout goes
    u64 bytes;
    std::string_view type;  // Data, Instruction, Unified
};
/// The cache number `index` of the running CPU; false: it has not so many. Any context.
bool describe_cache(u32 index, cpu_cache& out) noexcept;

}  // namespace osprey::arch
