// SPDX-License-Identifier: BSD-3-Clause
#pragma once

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

/// Local APIC and I/O APICs; needs the ACPI tables. Interrupts stay off.
void initialize_interrupt_controllers() noexcept;

/// Takes the first of two looks at the reference clock; as much as possible should happen before
/// the second.
void begin_clock_calibration() noexcept;

/// Takes the second look (waits until 0.1 ms have passed, 0.5 or 1 ms when only a coarse reference
/// exists) and chooses the clock. From here `now` and `set_timer` work.
void initialize_clock() noexcept;

/// Starts every other CPU that the MADT lists and waits until all run their idle loops; `most`
/// limits the number of CPUs in all. Needs the heap and this CPU's scheduler. Interrupts on.
void start_other_cpus(u32 most) noexcept;

}  // namespace osprey::arch
