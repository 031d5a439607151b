// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <fs/synthetic/synthetic.hh>

namespace osprey::fs {

/// procfs: the system's own files are made here; process/procfs adds /proc/PID through `top()`.
/// The one instance of the system. Context: threads.
result<refptr<synthetic_filesystem>> proc_filesystem() noexcept;

/// /proc/PID/net, the same for every process. Context: threads.
result<refptr<synthetic_directory>> proc_network_directory(synthetic_filesystem& proc) noexcept;

/// The kernel's command line as /proc/cmdline shows it; set by boot, must stay valid.
void set_proc_command_line(std::string_view text) noexcept;

/// The files below /proc/sys (system_knobs.cc).
result<void> add_system_knobs(synthetic_directory& top) noexcept;
/// stat, meminfo, cpuinfo… (system_files.cc).
result<void> add_system_files(synthetic_directory& top) noexcept;

}  // namespace osprey::fs
