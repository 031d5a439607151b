// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/refptr.hh>
#include <base/string.hh>
#include <memory/address_space.hh>
#include <process/accounting.hh>
#include <process/settings.hh>
#include <process/signal.hh>
#include <process/signal_queue.hh>
#include <sched/thread.hh>
#include <sync/rcu.hh>
#include <sync/wait_queue.hh>
#include <vfs/descriptor_table.hh>
#include <vfs/lookup.hh>

namespace osprey::fs {
class terminal;
}

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
/// Locking: `mutex` (rank process) guards tasks, actions and what is marked so; the mutex of the
/// process table (above it in rank) guards parent and children. Counters and pointers that are set
/// once are free. The process table is read under RCU. A process that ended stays in the table as a
/// zombie until its parent has waited for it.
class process final : public ref_counted<process> {
public:
    [[nodiscard]] i32 pid() const noexcept { return pid_; }  // also the tid of the first task
    /// Null for programs that the kernel started. Racy unless the table's mutex is held.
    [[nodiscard]] process* parent() const noexcept { return parent_; }
    /// getppid(2): 0 when the kernel is the parent.
    [[nodiscard]] i32 parent_pid() const noexcept {
        return parent_pid_.load(std::memory_order_relaxed);
    }

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
    virtual_address code_start = 0, code_end = 0;  // the executable itself, for crash reports
    u64 auxiliary_vector[2 * 32] = {};
    /// The controlling terminal, inherited by children (process/terminals.hh); use `held`.
    refptr<fs::terminal> terminal;
    /// Of a session leader whose terminal was hung up: who was in its foreground.
    std::atomic<i32> lost_foreground{0};

    /// For others than its own tasks: what `member` (space, descriptors, directories) refers to
    /// now, also while this process ends or runs exec. Null: it has ended.
    template <typename T>
    [[nodiscard]] refptr<T> held(refptr<T> process::*member) noexcept {
        sync::lock_guard guard{mutex};
        return this->*member;
    }
    /// How its tasks change them. @return what was there, to be released without the mutex.
    template <typename T>
    refptr<T> exchange(refptr<T> process::*member, refptr<T> next) noexcept {
        sync::lock_guard guard{mutex};
        std::swap(this->*member, next);
        return next;
    }

    memory::account account;
    /// Who pays for what this process maps: its own account or, between vfork and exec, that of the
    /// process whose memory it borrows.
    [[nodiscard]] memory::account& payer() noexcept { return memory_owner().account; }
    /// The process whose brk, regions and stack this one uses: itself, except between vfork and
    /// exec.
    [[nodiscard]] process& memory_owner() noexcept {
        return borrowed_from_ ? *borrowed_from_ : *this;
    }
    resource_limit limits[resource_limit_count];
    credentials identity;
    process_settings settings;
    std::atomic<process_extension*> extension{nullptr};  // made by linux/ on first use, owned
    std::atomic<i32> process_group{0}, session{0};

    void note_child_event() noexcept {
        child_events.fetch_add(1, std::memory_order_release);
        child_changed.wake_all();
    }

    sync::mutex mutex{sync::lock_rank::process};
    signal_action actions[signal_count];  // guarded by mutex
    signal_queue pending;                 // process-directed signals
    sync::wait_queue signal_arrived;      // woken for each queued signal: signalfd(2)
    sync::wait_queue child_changed;       // wait4 of this process
    std::atomic<u32> child_events{0};     // counts what `child_changed` is woken for
    std::atomic<u32> task_count{0};
    std::atomic<bool> exiting{false};
    exit_status status;
    std::atomic<i32> exit_signal{17};           // what the parent gets at the end; 0: nothing
    std::atomic<u64> user_ns{0}, system_ns{0};  // of finished tasks
    resource_use ended_use;                     // likewise, guarded by mutex
    std::atomic<u64> children_user_ns{0}, children_system_ns{0};  // of children waited for
    std::atomic<u64> children_minor_faults{0}, children_major_faults{0};
    instant started;
    u32 personality = 0;
    bool dumpable = true;
    bool strace = false;
    std::atomic<bool> stopped{false};  // by SIGSTOP & co., until SIGCONT

    /// Calls `visit` for each live task under the mutex.
    void for_each_task(bool (*visit)(task&, void*), void* context) noexcept;
    /// Has its last task gone?
    [[nodiscard]] bool is_zombie() const noexcept {
        return zombie_.load(std::memory_order_acquire);
    }
    [[nodiscard]] bool executed() const noexcept { return executed_; }  // for setpgid(2)

private:
    friend class ref_counted<process>;
    friend struct process_access;
    friend struct task_access;
    process() noexcept = default;
    ~process() = default;
    void last_reference_gone() noexcept;  // frees after an RCU grace period

    i32 pid_ = 0;
    void set_parent(process* to) noexcept {  // table's mutex, or not yet in the table
        parent_ = to;
        parent_pid_.store(to ? to->pid_ : 0, std::memory_order_relaxed);
    }
    process* parent_ = nullptr;
    std::atomic<i32> parent_pid_{0};
    list_hook sibling_;
    intrusive_list<process, &process::sibling_> children_;
    task* first_task_ = nullptr;  // guarded by mutex
    std::atomic<process*> table_next_{nullptr};
    tree_hook table_hook_;
    sync::rcu_head rcu_;
    std::atomic<bool> zombie_{false};
    bool executed_ = false;
    bool in_table_ = false;
    bool orphan_ = false;  // nobody will wait for it (table's mutex)
    /// The thread of the parent that made it: __WNOTHREAD, PR_SET_PDEATHSIG (table's mutex).
    i32 creator_ = 0;
    bool stop_reported_ = true, continue_reported_ = true;
    std::atomic<bool> continue_untold_{false};  // the parent has not heard of SIGCONT yet
    std::atomic<u32> continues_{0};  // counts SIGCONT: a stop decided on before one is void
    signal stop_signal_ = signal::none;
    std::atomic<task*> survivor_{nullptr};  // exec: all other tasks end
    sync::wait_queue task_gone_;            // exec waits here for the others
    // vfork: the parent sleeps until this process has its own program or is gone
    std::atomic<bool> parent_released_{true};
    sync::wait_queue parent_waits_;
    refptr<process> borrowed_from_;
    std::atomic<u32> memory_users_{1};  // this process and those that borrow its memory
};

/// The process with this number, or null. Context: threads.
refptr<process> find_process(i32 pid) noexcept;
refptr<task> find_task(i32 tid) noexcept;
/// Visits in ascending order of pid, without a lock held during `visit`; false stops.
void for_each_process(bool (*visit)(process&, void*), void* context) noexcept;
[[nodiscard]] u32 process_count() noexcept;

/// Starts a program as a child of init (parent null) or of `parent`. Errors as execve(2).
struct program {
    std::string_view path;
    const std::string_view* arguments;
    usize argument_count;
    const std::string_view* environment;
    usize environment_count;
    bool traced = false;               // --strace
    fs::terminal* terminal = nullptr;  // becomes its controlling terminal
};
result<refptr<process>> start_program(const program& what, process* parent,
                                      refptr<vfs::descriptor_table> descriptors,
                                      refptr<vfs::directory_context> directories) noexcept;

/// Sleeps until the process has ended, and takes it out of the process table. For boot.
exit_status wait_for(process& p) noexcept;

/// wait4(2), waitid(2). `pid`: as waitpid: -1 any, 0 own group, < -1 that group, else that child.
enum wait_option : u32 {
    wait_no_hang = 1,
    wait_stopped = 2,
    wait_exited = 4,
    wait_continued = 8,
    wait_no_wait = 0x0100'0000,
    wait_no_thread = 0x2000'0000,  // __WNOTHREAD: children of the calling thread only
    wait_all = 0x4000'0000,        // __WALL: whatever signal they send at their end
    wait_clone = 0x8000'0000,      // __WCLONE: those that do not send SIGCHLD, instead of those
};
struct wait_outcome {
    i32 pid = 0;  // 0: none changed and wait_no_hang was given
    exit_status status;
    u32 uid = 0;
    u64 user_ns = 0, system_ns = 0;
    u64 peak_resident = 0, minor_faults = 0, major_faults = 0;  // pages; counts
};
/// `only`: no other child than this one (waitid with P_PIDFD).
/// @return `errc::no_child`, `errc::restart_always`.
result<wait_outcome> wait_for_child(i32 pid, u32 options, process* only = nullptr) noexcept;

/// brk(2) of the calling process: moves the end of its data segment. @return the end as it is
/// then; an impossible wish leaves it where it was.
virtual_address set_break(virtual_address wanted) noexcept;

}  // namespace osprey::proc
