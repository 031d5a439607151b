// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <drivers/block/block_device.hh>
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

// The system-wide files, by kind of knowledge
result<void> add_cpu_files(synthetic_directory& top) noexcept;     // cpu_files.cc
result<void> add_device_files(synthetic_directory& top) noexcept;  // device_files.cc
result<void> add_memory_files(synthetic_directory& top) noexcept;  // memory_files.cc
result<void> add_system_files(synthetic_directory& top) noexcept;  // system_files.cc

/// A disk's counters: a line of /proc/diskstats, or the same without number and name for
/// /sys/block/DISK/stat (the kernel's Documentation/admin-guide/iostats.rst).
enum class disk_statistics_form : u8 { diskstats, sysfs };
result<void> print_disk_statistics(string& out, drivers::block_device& disk,
                                   disk_statistics_form form) noexcept;

}  // namespace osprey::fs
