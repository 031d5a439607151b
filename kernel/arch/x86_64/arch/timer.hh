// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <arch/clock.hh>

namespace osprey::arch {

/// The timer interrupt of this CPU.
void run_timer(cpu_mode interrupted) noexcept;
/// Sets up the running CPU's timer and, if it has one, its hypervisor clock. Interrupts off.
void initialize_cpu_clock() noexcept;

}  // namespace osprey::arch
