// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>

/// The interrupt controller inside each CPU: Intel SDM vol. 3A chapter 11.
namespace osprey::arch::local_apic {

/// Chooses x2APIC when the CPU has it, else maps the registers. Boot CPU, once.
void initialize() noexcept;
/// Switches the running CPU's on. Interrupts off.
void enable() noexcept;

/// APIC id of the running CPU.
u32 id() noexcept;
/// Ends the interrupt being handled.
void end_of_interrupt() noexcept;

/// Sends a vector to the CPU with APIC id `target`. Any context.
void send(u32 target, u8 vector) noexcept;
/// Start protocol of other CPUs, §9.4.4; `page` is the physical page number of the code.
void send_init(u32 target) noexcept;
void send_startup(u32 target, u8 page) noexcept;
/// NMI to every CPU but this one.
void send_nmi_to_others() noexcept;

/// The timer: fires once after `ticks`, 0 stops it. Interrupts off.
void start_timer(u32 ticks) noexcept;
u32 timer_left() noexcept;
/// Makes the timer follow the TSC-deadline register instead. Once per CPU.
void use_deadline_timer() noexcept;

}  // namespace osprey::arch::local_apic
