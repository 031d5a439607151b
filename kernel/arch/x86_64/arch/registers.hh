// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>

namespace osprey::arch {

/// Everything an interrupted program had in its general registers, as the entry stubs store it on
/// the thread's kernel stack: for a trap, an interrupt or a system call alike. The layout is known
/// to entry.S.
///
/// System calls: `rax` holds the number on entry and receives the result; arguments are
/// rdi rsi rdx r10 r8 r9; `rcx` and `r11` hold what SYSCALL put there (rip and rflags).
struct register_frame {
    u64 r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
    u64 vector;      // trap or interrupt vector; `syscall_vector` for system calls
    u64 error_code;  // as pushed by the CPU, else 0
    u64 rip, cs, rflags, rsp, ss;

    static constexpr u64 syscall_vector = 0x100;

    /// Was application code running? Kernel and application share ring 0, so the address tells.
    [[nodiscard]] bool from_application() const noexcept { return static_cast<i64>(rip) >= 0; }

    // The same names on every architecture, for generic code.
    [[nodiscard]] u64 instruction_pointer() const noexcept { return rip; }
    void set_instruction_pointer(u64 value) noexcept { rip = value; }
    [[nodiscard]] u64 stack_pointer() const noexcept { return rsp; }
    void set_stack_pointer(u64 value) noexcept { rsp = value; }
    [[nodiscard]] u64 syscall_number() const noexcept { return rax; }
    [[nodiscard]] u64 syscall_argument(unsigned n) const noexcept {
        const u64 arguments[] = {rdi, rsi, rdx, r10, r8, r9};
        return arguments[n];
    }
    void set_syscall_result(u64 value) noexcept { rax = value; }
    [[nodiscard]] u64 syscall_result() const noexcept { return rax; }
    /// Where the instruction of the running system call stands: going there makes the call again.
    [[nodiscard]] u64 syscall_address() const noexcept { return rip - 2; }
};

}  // namespace osprey::arch
