// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <arch/registers.hh>
#include <process/task.hh>

namespace osprey::proc {

/// Makes reports of kernel panics name the program that was running. Context: boot.
void watch_for_crashes() noexcept;

/// Tells the kernel log what a program died of: the signal, registers, a symbolised backtrace, its
/// last system calls, and what to try. Context: the dying task; may sleep.
void report_crash(task& t, const arch::register_frame& frame, const signal_info& info) noexcept;

}  // namespace osprey::proc
