// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <arch/registers.hh>

namespace osprey::arch {

/// First vector that is not an exception of the processor.
inline constexpr unsigned exception_count = 32;
inline constexpr unsigned vector_page_fault = 14;

/// Does the work that waits for the thread and enters the application with `frame`, which lies at
/// the top of the running kernel stack. Interrupts off.
[[noreturn]] void continue_application(register_frame& frame) noexcept;

/// Calls the handler of an interrupt vector and acknowledges it. Interrupts off.
void handle_interrupt(register_frame& frame) noexcept;

/// Goes on behind the trace site whose patching put a breakpoint before `frame`; false if there is
/// none. Any context.
bool pass_trace_site(register_frame& frame) noexcept;

/// The name of an exception, for reports.
const char* exception_name(u64 vector) noexcept;

}  // namespace osprey::arch
