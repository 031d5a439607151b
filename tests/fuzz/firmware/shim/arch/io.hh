// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>

namespace osprey::arch {
inline void port_out8(u16, u8) noexcept {}
inline void port_out16(u16, u16) noexcept {}
inline void port_out32(u16, u32) noexcept {}
}  // namespace osprey::arch
