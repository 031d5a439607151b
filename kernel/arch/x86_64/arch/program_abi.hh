// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>
#include <string_view>

namespace osprey::arch {

// What programs of this architecture are told by the auxiliary vector, and by what their ELF files
// are known.
inline constexpr u16 elf_machine = 62;  // EM_X86_64
inline constexpr std::string_view platform_name = "x86_64";

u64 hardware_capabilities() noexcept;    // AT_HWCAP: CPUID leaf 1, EDX
u64 hardware_capabilities_2() noexcept;  // AT_HWCAP2: bit 1 FSGSBASE
/// AT_MINSIGSTKSZ: bytes that a signal frame may take.
usize least_signal_stack() noexcept;

}  // namespace osprey::arch
