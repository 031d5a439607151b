// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>

namespace osprey::proc {

/// Bytes of an ELF file, wherever they are.
class elf_source {
public:
    /// @return whether all bytes could be read.
    virtual bool read(u64 offset, void* to, usize bytes) noexcept = 0;

protected:
    ~elf_source() = default;
};

struct elf_symbol {
    char name[96] = {};  // cut off; empty: none found
    u64 offset = 0;      // of the address in the function
};

/// The function of an ELF file that holds the byte at `file_offset`: from .symtab, or .dynsym when
/// there is no .symtab. Damaged files give no symbol. Context: as `source`.
elf_symbol find_elf_symbol(elf_source& source, u64 file_offset) noexcept;

}  // namespace osprey::proc
