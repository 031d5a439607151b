// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/time.hh>
#include <string_view>

namespace osprey::proc {

/// The last thing that the start of the kernel does: mounts the root, starts the programs of the
/// command line, waits for them, tells the host tool how the first one ended, and switches the
/// machine off. What goes wrong on the way is told like an exit of a shell: 126 a program that
/// cannot be run, 127 one that is not there. Context: a kernel thread; everything else is up.
[[noreturn]] void run_programs(std::string_view command_line) noexcept;

}  // namespace osprey::proc
