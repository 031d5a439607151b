// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/format.hh>
#include <base/time.hh>
#include <boot/command_line.hh>
#include <string_view>

namespace osprey::proc {

/// The last thing that the start of the kernel does: mounts the root, starts the programs of the
/// command line, waits for them, tells the host tool how the first one ended, and switches the
/// machine off. What goes wrong on the way is told like an exit of a shell: 126 a program that
/// cannot be run, 127 one that is not there. Context: a kernel thread; everything else is up.
[[noreturn]] void run_programs(std::string_view command_line) noexcept;

/// What else has to be ready before the first program: called once, with the root mounted. It fails
/// with a message for the host. Declared here for boot/, which knows all layers.
void set_before_programs(bool (*ready)(const boot::command_line& line,
                                       text_sink& why) noexcept) noexcept;

/// What has to be done when the last program has ended, before the machine is switched off.
void set_after_programs(void (*done)() noexcept) noexcept;

enum class machine_end { power_off, restart };

/// Ends the machine under its programs, as reboot(2) asks: filesystems are written back, the host
/// tool is told exit code 0, and the machine is switched off or started anew. Context: threads.
[[noreturn]] void end_machine(machine_end how) noexcept;

}  // namespace osprey::proc
