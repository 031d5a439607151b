// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <arch/registers.hh>
#include <base/result.hh>
#include <base/types.hh>

namespace osprey::arch {

/// stack_t of the Linux ABI.
struct signal_stack {
    u64 address;
    i32 flags;
    u32 padding;
    u64 bytes;
};
static_assert(sizeof(signal_stack) == 24);

/// What a handler finds on its stack besides registers.
struct signal_frame_request {
    int number;
    u64 handler, restorer;
    const void* info;  // siginfo_t, 128 bytes
    u64 blocked;       // the mask to come back to
    signal_stack alternate;
    bool use_alternate;  // SA_ONSTACK, and not on it yet
    u64 trap_vector, trap_error, trap_address;
    void* fpu_staging;  // fpu_state_size() bytes, 64-byte aligned, the running task's own
};

/// Builds a frame on the application's stack and makes `frame` enter the handler. The layout is
/// that of Linux's struct rt_sigframe (arch/x86/include/asm/sigframe.h) with an XSAVE area that
/// carries the two magic numbers of asm/sigcontext.h, below the red zone.
/// @return `errc::bad_address` when the stack cannot take it. Context: the running task, outside
/// interrupts; may sleep.
result<void> push_signal_frame(register_frame& frame, const signal_frame_request& what) noexcept;

/// What rt_sigreturn(2) brings back besides registers.
struct signal_frame_contents {
    u64 blocked;
    signal_stack alternate;
};
/// Reads the frame at the stack pointer; sets all registers of `frame` and the FPU.
result<signal_frame_contents> pop_signal_frame(register_frame& frame, void* fpu_staging) noexcept;

/// The signal that an exception of the CPU means.
struct trap_signal {
    int number;
    int code;     // si_code
    u64 address;  // si_addr
};
/// `page_error`: why the page fault could not be resolved (see sched::thread::last_fault_error).
trap_signal classify_trap(const register_frame& frame, u64 address, errc page_error,
                          void* fpu_staging) noexcept;

/// Number of restart_syscall(2).
inline constexpr u64 restart_syscall_number = 219;

/// System-call restart: makes `frame` execute the instruction again with this number in its
/// register.
void restart_system_call(register_frame& frame, u64 number) noexcept;
/// The frame's system call is done or dropped: nothing will restart it.
void forget_system_call(register_frame& frame) noexcept;

/// The frame with which a program starts at `entry` with nothing but its stack.
register_frame initial_frame(u64 entry, u64 stack) noexcept;
/// The frame pointer, for backtraces.
inline u64 frame_pointer(const register_frame& frame) noexcept {
    return frame.rbp;
}
/// Gives the FPU of the running task the state of a fresh program, by way of `staging`.
void fpu_reset(void* staging) noexcept;
/// Stores the FPU state of the running task into the area of a thread that never ran.
void fpu_copy_current(void* area) noexcept;

/// Name and value of general registers, for crash reports. False when `index` is past the last.
bool register_at(const register_frame& frame, unsigned index, const char*& name,
                 u64& value) noexcept;

}  // namespace osprey::arch
