// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/format.hh>

namespace osprey::fs {

/// Writes `function+0x12`, or the address when it is in no function.
void write_kernel_symbol(text_sink& to, u64 address, bool with_offset) noexcept;

/// Who names functions of programs: `name`, `object+0xoffset` or the address. The process layer,
/// once, at boot.
using program_symbols = void (*)(text_sink& to, u32 process, u64 address) noexcept;
void set_program_symbols(program_symbols source) noexcept;
void write_program_symbol(text_sink& to, u32 process, u64 address) noexcept;

}  // namespace osprey::fs
