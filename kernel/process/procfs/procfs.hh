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
    enum class scope : u8 { process, thread };
    i32 pid;
    i32 tid;
    scope what = scope::process;  // /proc/PID tells of all its threads, task/TID of one

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
std::span<const subject_file> control_files() noexcept;   // control_files.cc
std::span<const subject_file> identity_files() noexcept;  // identity_files.cc
std::span<const subject_file> memory_files() noexcept;    // memory_files.cc
std::span<const subject_file> place_files() noexcept;     // place_files.cc
std::span<const subject_file> stat_files() noexcept;      // stat_files.cc
std::span<const subject_file> status_files() noexcept;    // status_files.cc

/// What ps(1) shows of a process's state, from a look at it: `thread` null for a zombie.
char state_letter(process& p, task* thread) noexcept;
/// The signals that a process ignores and those it catches, as bits.
struct action_masks {
    u64 ignored = 0, caught = 0;
};
action_masks masks_of(process& p) noexcept;
/// The name of a thread as `stat` and `status` show it: newline and backslash escaped. That of a
/// zombie is its program's.
result<void> append_name(string& out, process& p, task* thread) noexcept;

// Directories and links
result<refptr<vfs::vnode>> make_descriptor_directory(fs::synthetic_filesystem& proc,
                                                     const subject& of, bool facts) noexcept;
result<refptr<vfs::vnode>> make_place_link(fs::synthetic_filesystem& proc, const subject& of,
                                           std::string_view name) noexcept;

}  // namespace osprey::proc
