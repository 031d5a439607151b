// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <arch/registers.hh>
#include <base/result.hh>
#include <base/types.hh>
#include <string_view>

namespace osprey::arch {

/// Runs in interrupt context: acknowledge, queue, wake; never sleep, never allocate.
using interrupt_handler = void (*)(void* context) noexcept;

/// Where a device's message-signalled interrupt must be sent (PCI 3.0 §6.8).
struct msi_message {
    u64 address;
    u32 data;
};

/// A handler bound to a vector on one CPU.
struct interrupt_binding {
    u32 vector;
    u32 cpu;
    msi_message message;
};

/// Binds `handler` to a free vector of CPU `cpu`. Context: threads; may sleep.
/// @return `errc::no_space` when all vectors of that CPU are in use.
result<interrupt_binding> bind_interrupt(u32 cpu, interrupt_handler handler, void* context,
                                         const char* name) noexcept;
void unbind_interrupt(const interrupt_binding& binding) noexcept;

/// Binds a wired interrupt (ACPI global system interrupt). `level_low`: PCI INTx style.
enum class trigger : u8 { edge_high, level_low, level_high };
result<void> bind_gsi(u32 gsi, trigger mode, interrupt_handler handler, void* context,
                      const char* name) noexcept;

/// A source of interrupts, as /proc/interrupts lists them: a device, which interrupts one CPU, or
/// one of the CPUs' own, which has a label.
struct interrupt_source {
    u32 vector;
    u32 cpu;  // devices: whose vector it is
    bool device;
    std::string_view label, name, controller;
};
/// Sources that are in use: devices first. False from `visit` stops. Context: any.
void for_each_interrupt(bool (*visit)(const interrupt_source&, void*), void* context) noexcept;
/// How often it came on a CPU, and all interrupts of a CPU. Context: any.
[[nodiscard]] u64 interrupts_of(const interrupt_source& source, u32 cpu) noexcept;
[[nodiscard]] u64 interrupts_of(u32 cpu) noexcept;

/// What an exception of the CPU means to the layers above. `handled`: carry on.
enum class trap_verdict : u8 { handled, unhandled };

/// The page-fault handler of memory/, called with interrupts as they were, on the thread's kernel
/// stack; may sleep when `frame` came from the application or from a user-memory access.
/// Implemented in memory/.
struct page_fault {
    virtual_address address;
    bool write;
    bool execute;
    bool present;  // protection violation, not a missing page
};
trap_verdict handle_page_fault(register_frame& frame, const page_fault& fault) noexcept;

/// An exception that application code raised and nothing below resolved: becomes a signal.
/// `vector` and `address` as the architecture reports them. Implemented in process/.
void handle_application_trap(register_frame& frame, u64 address) noexcept;

/// An exception in the kernel itself, or one that nobody survives: ends the kernel with a report.
/// Any context. Implemented in boot/.
[[noreturn]] void handle_fatal_trap(const register_frame& frame, std::string_view what) noexcept;

/// Called before the CPU goes back to application code, interrupts off, whenever
/// `thread_head::return_work` of the current thread is set: delivers signals, ends threads. It may
/// turn interrupts on, but returns with them off. Implemented in process/.
void handle_return_work(register_frame& frame) noexcept;

/// A system call has left its result in `frame`, and something is to be done before the thread
/// goes back; in particular whenever the result is one of errc::restart_*. Interrupts off.
/// Implemented in linux/, which also gives entry.S the handlers: `system_call_handlers`, indexed
/// by number, with the application's arguments as arguments; `system_call_limit`, how many;
/// `system_call_missing` for the others. They run with interrupts on, on the thread's kernel stack.
void handle_system_call_answer(register_frame& frame) noexcept;

}  // namespace osprey::arch
