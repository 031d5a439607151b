// SPDX-License-Identifier: BSD-3-Clause
#include <arch/cpu.hh>
#include <arch/interrupts.hh>
#include <arch/traps.hh>

namespace osprey::arch {

void handle_interrupt(register_frame&) noexcept {}

}  // namespace osprey::arch
