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

}  // namespace osprey::arch
