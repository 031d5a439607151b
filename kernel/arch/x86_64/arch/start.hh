// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/result.hh>
#include <base/types.hh>

/// What boot/start.cc calls, in this order.
namespace osprey::arch {

/// The private area, descriptor tables, interrupt table and system-call entry of CPU 0.
/// Before it nothing may fault, log or use per-CPU data.
void initialize_boot_cpu() noexcept;

/// Time-stamp counter when CPU 0 entered the kernel.
u64 boot_cycles() noexcept;
/// The name of a feature that the kernel cannot do without and this CPU lacks; null: none.
const char* missing_cpu_feature() noexcept;

/// Local APIC and I/O APICs; needs `platform()`. Interrupts stay off.
void initialize_interrupt_controllers() noexcept;

/// Takes the first of two looks at the reference clock; as much as possible should happen before
/// the second.
void begin_clock_calibration() noexcept;

/// Takes the second look (waits until 0.1 ms have passed, 0.5 or 1 ms when only a coarse reference
/// exists) and chooses the clock. From here `now` and `set_timer` work.
void initialize_clock() noexcept;

/// What other CPUs are started with.
struct cpu_start_plan {
    u32 most = 0;                   ///< CPUs in all
    physical_address trampoline{};  ///< a free page below 640 KB, zero: none
    /// Memory for good: contiguous at page bounds, and a kernel stack above a guard page (its
    /// lowest address).
    result<physical_address> (*allocate)(usize bytes) noexcept = nullptr;
    result<virtual_address> (*allocate_stack)(usize bytes) noexcept = nullptr;
    /// On each CPU: makes its flow of execution a thread, interrupts off; then its idle loop.
    void (*enter_scheduler)() noexcept = nullptr;
    void (*run_idle)() noexcept = nullptr;
};

/// Starts every other CPU of `platform()` and waits until all run their idle loops. Needs the heap
/// and this CPU's scheduler; does not need the trampoline any more when it returns. Interrupts on.
void start_other_cpus(const cpu_start_plan& how) noexcept;

}  // namespace osprey::arch
