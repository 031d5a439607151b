// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <arch/registers.hh>
#include <base/format.hh>
#include <source_location>

namespace osprey::boot {

/// Ends the kernel: stops the other CPUs, prints message, registers, symbolised backtrace, the last
/// log lines and what the registered reporters add, then leaves QEMU with exit code 127.
/// `frame` may be null: then the caller's own stack is shown. Context: any.
[[noreturn]] void crash(std::string_view message, const arch::register_frame* frame) noexcept;

/// Adds facts to crash reports (the running program, its last system calls). The function may
/// neither sleep nor allocate nor take locks. Context: boot.
using crash_reporter = void (*)(text_sink& out) noexcept;
void add_crash_reporter(crash_reporter reporter) noexcept;

}  // namespace osprey::boot
