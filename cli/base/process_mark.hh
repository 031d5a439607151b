// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/types.h>

#include <base/unique_fd.hh>
#include <string>

namespace osprey::cli {

/// What tells a process from all others that ever had its number: the boot of this machine and the
/// time at which it started (proc(5), field 22 of stat). Empty: no such process, or one that ended.
[[nodiscard]] std::string process_mark(pid_t pid);

/// A descriptor of the process that has this mark (pidfd_open(2)): readable once it has ended, and
/// signals sent through it reach no other. Nothing if there is no such process any more.
[[nodiscard]] unique_fd open_process(pid_t pid, const std::string& mark);

}  // namespace osprey::cli
