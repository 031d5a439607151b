// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/refptr.hh>
#include <base/string.hh>
#include <memory/address_space.hh>
#include <process/settings.hh>
#include <process/signal.hh>
#include <process/signal_queue.hh>
#include <sched/thread.hh>
#include <sync/wait_queue.hh>
#include <vfs/descriptor_table.hh>
#include <vfs/lookup.hh>

namespace osprey::proc {

class task;

/// Resource limits, indexed as Linux's RLIMIT_*.
struct resource_limit {
    u64 soft, hard;
};
inline constexpr unsigned resource_limit_count = 16;

/// Identities as Linux keeps them for root; setuid & co. change them, nothing checks them here
/// except kill(2) and access(2) where a program would notice.
struct credentials {
    u32 uid = 0, euid = 0, suid = 0, fsuid = 0;
    u32 gid = 0, egid = 0, sgid = 0, fsgid = 0;
    u64 effective = ~u64{0} >> 23, permitted = ~u64{0} >> 23, inheritable = 0,
        bounding = ~u64{0} >> 23, ambient = 0;
    u32 group_count = 0;
    u32 groups[32] = {};
};

/// How a process ended, in the encoding of wait(2).
struct exit_status {
    u32 raw = 0;
    static constexpr exit_status exited(int code) noexcept {
        return {static_cast<u32>(code & 0xff) << 8};
    }
    static constexpr exit_status killed(signal s, bool core = false) noexcept {
        return {static_cast<u32>(s) | (core ? 0x80u : 0u)};
    }
};

/// Everything that belongs to one running program. Nothing of this is global: several programs run
/// side by side, each with its own descriptors, environment, signals, brk and limits.
///
/// Locking: `mutex` (rank process) guards tasks, children, actions and what is marked so; counters
/// and pointers that are set once are free. The process table is read under RCU.
class process final : public ref_counted<process> {
public:
    [[nodiscard]] i32 pid() const noexcept { return pid_; }  // also the tid of the first task
    [[nodiscard]] process* parent() const noexcept { return parent_; }

    // Set at exec, by its only running task
    refptr<memory::address_space> space;
    refptr<vfs::descriptor_table> descriptors;
    refptr<vfs::directory_context> directories;
    vfs::path executable;
    string command_line;  // arguments, each ended by NUL, as /proc/PID/cmdline
    string environment;   // likewise
    virtual_address brk_start = 0, brk_end = 0;  // guarded by brk_mutex
    sync::mutex brk_mutex{sync::lock_rank::process};
    virtual_address arguments_start = 0, arguments_end = 0;
    virtual_address environment_start = 0, environment_end = 0;
    virtual_address stack_start = 0, vdso = 0;
    u64 auxiliary_vector[2 * 32] = {};

    memory::account account;
    resource_limit limits[resource_limit_count];
    credentials identity;
    process_settings settings;
    std::atomic<process_extension*> extension{nullptr};  // made by linux/ on first use, owned
    std::atomic<i32> process_group{0}, session{0};

    sync::mutex mutex{sync::lock_rank::process};
    signal_action actions[signal_count];  // guarded by mutex
    signal_queue pending;                 // process-directed signals
    sync::wait_queue child_changed;       // wait4 of this process
    std::atomic<u32> task_count{0};
    std::atomic<bool> exiting{false};
    exit_status status;
    i32 exit_signal = 17;
    std::atomic<u64> user_ns{0}, system_ns{0};  // of finished tasks
    instant started;
    u32 personality = 0;
    bool dumpable = true;
    bool strace = false;

    /// Calls `visit` for each live task under the mutex.
    void for_each_task(bool (*visit)(task&, void*), void* context) noexcept;

private:
    friend class ref_counted<process>;
    friend struct process_table;
    process() noexcept = default;
    i32 pid_ = 0;
    process* parent_ = nullptr;
};

/// The process with this number, or null. Context: threads.
refptr<process> find_process(i32 pid) noexcept;
refptr<task> find_task(i32 tid) noexcept;
void for_each_process(bool (*visit)(process&, void*), void* context) noexcept;

/// Starts a program as a child of init (parent null) or of `parent`. See exec.hh for errors.
struct program {
    std::string_view path;
    const std::string_view* arguments;
    usize argument_count;
    const std::string_view* environment;
    usize environment_count;
};
result<refptr<process>> start_program(const program& what, process* parent,
                                      refptr<vfs::descriptor_table> descriptors,
                                      refptr<vfs::directory_context> directories) noexcept;

/// Sleeps until the process has ended. For boot.
exit_status wait_for(process& p) noexcept;

}  // namespace osprey::proc
