// SPDX-License-Identifier: BSD-3-Clause
#include <arch/backtrace.hh>
#include <fs/trace/symbols.hh>

namespace osprey::fs {
namespace {
constinit program_symbols program_source = nullptr;
}

void set_program_symbols(program_symbols source) noexcept {
    program_source = source;
}

void write_kernel_symbol(text_sink& to, u64 address, bool with_offset) noexcept {
    // A return address may be the first byte after its function
    const arch::symbol s = arch::find_symbol(address - 1);
    if (s.name.empty())
        format_to(to, "{:#x}", address);
    else if (with_offset)
        format_to(to, "{}+{:#x}", s.name, s.offset + 1);
    else
        to.append(s.name);
}

void write_program_symbol(text_sink& to, u32 process, u64 address) noexcept {
    if (program_source)
        program_source(to, process, address);
    else
        format_to(to, "{:#x}", address);
}

}  // namespace osprey::fs
