// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>

namespace osprey::arch {

/// CRC-32C as `crc32c_by_table` computes it, by the processor's own instruction if it has one.
/// Context: any. Cost: a third of a cycle per byte with the instruction.
u32 crc32c(u32 state, const u8* data, usize bytes) noexcept;

}  // namespace osprey::arch
