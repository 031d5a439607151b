// SPDX-License-Identifier: BSD-3-Clause
#include <arch/backtrace.hh>
#include <arch/early_map.hh>
#include <arch/machine.hh>
#include <arch/paging.hh>

namespace osprey::arch {
namespace {

void print_caller(text_sink& out, u64 address) noexcept {
    // A return address may be the first byte after the caller when the call never returns
    const symbol s = find_symbol(address - 1);
    if (s.name.empty())
        format_to(out, "  {:#018x}\n", address);
    else
        format_to(out, "  {:#018x} {}+{:#x}\n", address, s.name, s.offset + 1);
}

}  // namespace

void print_registers(text_sink& out, const register_frame& f) noexcept {
    format_to(out, "vector {:#x} error {:#x} cr2 {:#x} cr3 {:#x}\n", f.vector, f.error_code,
              read_cr2(), read_cr3());
    format_to(out, "rip {:016x} rsp {:016x} rflags {:08x} cs {:x} ss {:x}\n", f.rip, f.rsp,
              f.rflags, f.cs, f.ss);
    format_to(out, "rax {:016x} rbx {:016x} rcx {:016x} rdx {:016x}\n", f.rax, f.rbx, f.rcx, f.rdx);
    format_to(out, "rsi {:016x} rdi {:016x} rbp {:016x} r8  {:016x}\n", f.rsi, f.rdi, f.rbp, f.r8);
    format_to(out, "r9  {:016x} r10 {:016x} r11 {:016x} r12 {:016x}\n", f.r9, f.r10, f.r11, f.r12);
    format_to(out, "r13 {:016x} r14 {:016x} r15 {:016x} fs  {:016x}\n", f.r13, f.r14, f.r15,
              read_msr(msr::fs_base));
}

void print_backtrace(text_sink& out, const register_frame* frame) noexcept {
    constexpr unsigned deepest = 40;
    u64 at = frame ? frame->rbp : reinterpret_cast<u64>(__builtin_frame_address(0));
    out.append("backtrace:\n");
    if (frame) {
        if (!is_kernel_text(frame->rip)) {
            format_to(out, "  {:#018x} (not kernel code)\n", frame->rip);
            if (frame->from_application())
                return;
        } else {
            print_caller(out, frame->rip + 1);
        }
    }
    // Frame pointers of the kernel lie in its half and ascend
    for (unsigned depth = 0; depth < deepest; ++depth) {
        if (static_cast<i64>(at) >= 0 || at % 8 != 0)
            return;
        const u64* link = reinterpret_cast<const u64*>(at);
        const u64 caller = link[1];
        if (!is_kernel_text(caller))
            return;
        print_caller(out, caller);
        if (link[0] <= at)
            return;
        at = link[0];
    }
}

bool ends_with_call(const u8 (&code)[longest_call]) noexcept {
    constexpr u8 call_relative = 0xe8, group5 = 0xff, group5_call = 2;
    if (code[longest_call - 5] == call_relative)
        return true;
    // CALL r/m64: the length follows from the addressing mode (Intel SDM vol. 2, table 2-2)
    for (usize length = 2; length <= longest_call; ++length) {
        const u8* at = code + longest_call - length;
        if (at[0] != group5 || (at[1] >> 3 & 7) != group5_call)
            continue;
        const u8 mode = at[1] >> 6, base = at[1] & 7;
        const bool has_index = mode != 3 && base == 4;
        const bool has_wide_base =
            mode == 0 && (base == 5 || (has_index && length > 2 && (at[2] & 7) == 5));
        const usize displacement = mode == 1 ? 1 : mode == 2 || has_wide_base ? 4 : 0;
        if (length == 2 + has_index + displacement)
            return true;
    }
    return false;
}

}  // namespace osprey::arch
