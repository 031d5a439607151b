// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <arch/registers.hh>
#include <base/format.hh>

namespace osprey::arch {

/// Prints the general and control registers. Context: any.
void print_registers(text_sink& out, const register_frame& frame) noexcept;

/// Prints the callers by following frame pointers, of `frame` or, if null, of the caller itself;
/// goes on through interrupted kernel code and stops at application code. Context: any.
void print_backtrace(text_sink& out, const register_frame* frame) noexcept;

extern "C" char kernel_text_start[], kernel_text_end[];
/// Does the kernel's code contain `address`? Context: any.
inline bool is_kernel_text(virtual_address address) noexcept {
    return address >= reinterpret_cast<u64>(kernel_text_start) &&
           address < reinterpret_cast<u64>(kernel_text_end);
}

/// The kernel function that contains `address`; empty if none does.
struct symbol {
    std::string_view name;
    u64 offset;
};
symbol find_symbol(virtual_address address) noexcept;
/// All functions, by ascending address; false from `visit` stops. Context: any.
void for_each_symbol(bool (*visit)(virtual_address, std::string_view, void*),
                     void* context) noexcept;

/// What may precede a return address: as many bytes as the longest call instruction has.
inline constexpr usize longest_call = 7;
/// Do these bytes end with a call instruction? Tells return addresses from other addresses of code
/// when a stack is searched for them.
bool ends_with_call(const u8 (&code)[longest_call]) noexcept;

/// Stops every other CPU for good. Context: crash report.
void stop_other_cpus() noexcept;

}  // namespace osprey::arch
