// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/format.hh>
#include <memory/address_space.hh>
#include <process/elf_symbols.hh>

namespace osprey::proc {

/// What is mapped at an address.
struct program_place {
    virtual_address wanted;
    bool found = false;
    u64 file_offset = 0;
    refptr<memory::vm_object> object;
    memory::protection access = memory::protection::none;
    fixed_text<128> file;  // its name without folders
};
/// Context: threads; may sleep.
void find_place(memory::address_space& space, program_place& p) noexcept;
/// The function at a place; without a name if the file tells none. Reads the file.
elf_symbol find_symbol_at(const program_place& p) noexcept;

}  // namespace osprey::proc
