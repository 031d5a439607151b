// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>
#include <string_view>

/// What the Linux ABI of this instruction set is called and how it is numbered.
namespace osprey::arch {

inline constexpr std::string_view machine_name = "x86_64";  // uname(2), AT_PLATFORM
inline constexpr u64 sigreturn_number = 15;                 // of rt_sigreturn(2)

}  // namespace osprey::arch
