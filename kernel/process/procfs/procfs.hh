// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <fs/synthetic/synthetic.hh>
#include <process/task.hh>

namespace osprey::proc {

/// Adds /proc/PID, /proc/self and /proc/thread-self to procfs (proc(5)). Once, at boot.
result<void> add_process_directories(fs::synthetic_filesystem& proc) noexcept;

/// Which process or thread a file below /proc speaks of. Only the numbers are kept: files outlive
/// what they tell about, and answer ESRCH then.
struct subject {
    i32 pid;
    i32 tid;

    [[nodiscard]] result<refptr<process>> find() const noexcept;
    /// The thread; for a process its first one, or another if that has ended.
    [[nodiscard]] result<refptr<task>> find_thread() const noexcept;
};

/// How one file of /proc/PID or /proc/PID/task/TID makes its text.
struct subject_file {
    std::string_view name;
    u32 permissions;
    result<void> (*show)(const subject& of, string& out) noexcept;
    result<void> (*store)(const subject& of, std::string_view text) noexcept = nullptr;
};

// The tables, by kind of knowledge
std::span<const subject_file> status_files() noexcept;  // status_files.cc
std::span<const subject_file> memory_files() noexcept;  // memory_files.cc
std::span<const subject_file> place_files() noexcept;   // place_files.cc

// Directories and links
result<refptr<vfs::vnode>> make_descriptor_directory(fs::synthetic_filesystem& proc,
                                                     const subject& of, bool facts) noexcept;
result<refptr<vfs::vnode>> make_place_link(fs::synthetic_filesystem& proc, const subject& of,
                                           std::string_view name) noexcept;

}  // namespace osprey::proc
