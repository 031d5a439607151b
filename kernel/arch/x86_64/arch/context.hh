// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <arch/registers.hh>
#include <atomic>
#include <base/result.hh>
#include <base/types.hh>

namespace osprey::sched {
class thread;
}

namespace osprey::arch {

/// Of every thread; below it lies a guard page. Known to entry.S.
inline constexpr usize kernel_stack_bytes = 16 * 1024;

/// What entry code sees of a thread: `sched::thread` begins with it. Polymorphic, so that it lies
/// at the start of the object whatever is derived from it.
class thread_head {
public:
    /// Not zero: `handle_return_work` runs before the thread goes back to the application.
    std::atomic<u32> return_work{0};

protected:
    virtual ~thread_head() = default;
};
inline thread_head& head_of(sched::thread* t) noexcept {
    return *reinterpret_cast<thread_head*>(t);
}

/// What a context switch saves besides the callee-saved registers (those are on the stack).
struct thread_context {
    u64 stack_pointer = 0;          // kernel stack while not running
    u64 thread_pointer = 0;         // FS base: the application's TLS
    void* fpu = nullptr;            // XSAVE area, 64-byte aligned; null for kernel threads
    physical_address page_table{};  // root to load on switching in; zero: keep what is loaded
};

/// Bytes of the XSAVE area on this machine (CPUID leaf 0xd).
usize fpu_state_size() noexcept;
/// Sets `area` to the state of a fresh Linux process (x87 CW 0x37f, MXCSR 0x1f80).
void fpu_init(void* area) noexcept;
/// Stores the CPU's live state of the running thread into `area` in standard (non-compacted) form,
/// as a signal frame wants it; `fpu_restore_user` loads it back, refusing bad values.
void fpu_store_user(void* area) noexcept;
result<void> fpu_restore_user(const void* area) noexcept;

/// Switches kernel stacks, FPU state (if `from` or `to` has any) and FS base.
/// Context: scheduler, interrupts off. Returns when `from` runs again.
void switch_context(thread_context& from, thread_context& to) noexcept;

/// Prepares a new kernel stack so that the first switch to it calls `entry(argument)` with
/// interrupts off; `entry` must not return.
void prepare_kernel_entry(thread_context& context, u64 stack_top, void (*entry)(void*),
                          void* argument) noexcept;

/// The register frame at the top of the current thread's kernel stack: what the application had
/// when it entered by system call. Only valid inside a system call or trap from the application.
/// Inside a system call, the fields that `complete_system_call_frame` fills in are not valid.
register_frame& application_frame() noexcept;
/// Fills in what the system call entry does not store: rcx, r11, selectors, vector, error code.
void complete_system_call_frame(register_frame& frame) noexcept;
/// Lets the running system call return to `frame` (which may be the application frame, changed in
/// place), all registers included, instead of to its caller.
void replace_system_call_frame(const register_frame& frame) noexcept;
/// The bit of `thread_head::return_work` by which it does so.
inline constexpr u32 frame_replaced = u32{1} << 31;

/// Leaves the kernel for application code with the registers of `frame`; never returns.
[[noreturn]] void enter_application(const register_frame& frame) noexcept;

void set_thread_pointer(u64 fs_base) noexcept;  // of the running thread, at once
u64 thread_pointer() noexcept;

}  // namespace osprey::arch
