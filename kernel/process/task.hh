// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <arch/registers.hh>
#include <process/process.hh>

namespace osprey::proc {

/// One system call of the past, for crash reports. Written by the entry code, which knows the
/// layout (linux/dispatch.cc tells it); the first three arguments tell most of the story.
struct syscall_record {
    static constexpr u64 none = ~u64{0};
    u64 number = none;
    u64 arguments[3] = {};
    i64 result = 0;
    u64 unused[3] = {};
};

class call_filter;
struct priority_lock;
struct priority_waiter;

/// A thread of an application: what Linux calls a task.
class task final : public sched::thread {
public:
    process& owner() const noexcept { return *process_; }
    ~task() override;
    /// The thread's number, except that exec gives the surviving task the number of the process.
    [[nodiscard]] i32 tid() const noexcept { return tid_; }

    // Touched by the task itself only, unless said otherwise
    signal_set blocked;        // others read it racily, under process::mutex
    signal_set saved_blocked;  // sigsuspend, ppoll: to restore after the handler
    bool restore_blocked = false;
    signal_queue pending;  // thread-directed signals; anyone
    u64 alternate_stack = 0, alternate_size = 0;
    i32 alternate_flags = 2;  // SS_DISABLE
    virtual_address robust_list = 0;
    virtual_address clear_child_tid = 0;
    virtual_address set_child_tid = 0;  // CLONE_CHILD_SETTID in a memory of its own
    virtual_address rseq_area = 0;
    u32 rseq_size = 0, rseq_signature = 0;
    bool in_syscall = false;  // restart information is valid
    u64 restart_rip = 0, restart_number = 0;
    struct restart_block {
        u64 number = 0, arguments[6] = {};
        instant deadline;
        /// What restart_syscall(2) runs; null: nothing to resume (EINTR).
        result<i64> (*resume)(restart_block& self) noexcept = nullptr;
    } restart;
    u64 timer_slack_ns = 50'000;
    // Futexes with priority inheritance, see priority_locks.hh
    priority_waiter* waits_for = nullptr;
    priority_lock* held_locks = nullptr;
    bool holds_no_more = false;  // it is ending
    /// seccomp(2): what may be called. The task reads it without a lock; others add to the chain
    /// under process::mutex, and what was there stays alive in it. Holds a reference.
    std::atomic<call_filter*> filter{nullptr};
    std::atomic<bool> strictly_confined{false};  // SECCOMP_MODE_STRICT
    io_counters io;                              // others read it racily
    const instant started;
    task_settings settings;
    syscall_record history[16];
    bool made_children = false;  // by clone(2): somebody has to be told when it ends
    u8 history_at = 0;           // 16 times the index of the newest, so that it wraps by itself
    [[nodiscard]] const syscall_record& last_call() const noexcept {
        return history[history_at / 16];
    }

    /// What the last exception of this task was, for signal frames and crash reports.
    struct {
        u64 vector = 0, error_code = 0, address = 0;
    } trap;

private:
    friend struct task_access;
    task(process& owner, std::string_view name) noexcept;

    refptr<process> process_;
    i32 tid_ = 0;
    std::atomic<task*> table_next_{nullptr};
    arch::register_frame start_frame_{};  // with which a cloned task enters the application
    void* signal_fpu_ = nullptr;          // staging area for signal frames, made on first use
    task *next_in_process_ = nullptr, *previous_in_process_ = nullptr;
    bool listed_ = false;
};

/// Bits of `thread::return_work`.
enum return_work : u32 {
    work_signal = 1,       // look for signals
    work_end = 2,          // the process is ending, or another task called exec
    work_file_owners = 4,  // it made files ready whose owners want a signal
};

/// The running task. Only in threads of applications (system calls, application faults).
inline task& current_task() noexcept {
    return static_cast<task&>(sched::current());
}
inline process& current_process() noexcept {
    return current_task().owner();
}

/// What clone(2), clone3(2), fork-like calls ask for; flags CLONE_* of Linux.
struct clone_arguments {
    u64 flags = 0;
    virtual_address stack = 0;  // top; 0: the caller's
    virtual_address parent_tid = 0, child_tid = 0, tls = 0;
    int exit_signal = 17;
    virtual_address pidfd = 0;
};
/// @return the tid (thread) or pid (fork, vfork) of the new task.
result<i32> clone(const clone_arguments& what) noexcept;

/// execve(2) of the calling process; on success the calling task continues in the new program.
/// The strings must be in kernel memory. Errors as execve(2); after the point of no return the
/// process ends with SIGKILL instead, and the log says why. `closed_by_exec`: `name` leads through
/// a descriptor that is closed on exec, so that no script can be run by it.
result<void> execute(vfs::path program, std::string_view name, const std::string_view* arguments,
                     usize argument_count, const std::string_view* environment,
                     usize environment_count, bool closed_by_exec = false) noexcept;

[[noreturn]] void exit_task(int code) noexcept;          // exit(2)
[[noreturn]] void exit_process(exit_status s) noexcept;  // exit_group(2), fatal signals

// Signals
/// @return `errc::no_process` if it is gone.
result<void> send_signal(process& to, const signal_info& info) noexcept;
result<void> send_signal(task& to, const signal_info& info) noexcept;
/// For faults: delivered even if blocked or ignored (then the process dies), as Linux's force_sig.
void force_signal(task& to, const signal_info& info) noexcept;
result<void> set_action(signal s, const signal_action* next, signal_action* previous) noexcept;
void set_blocked(signal_set mask) noexcept;
/// Blocks `mask` for the time of a wait (sigsuspend, ppoll, epoll_pwait); the old mask comes back
/// after the handler that ends it, or by `restore_blocked_now` when none ran.
void set_blocked_for_wait(signal_set mask) noexcept;
void restore_blocked_now() noexcept;
/// rt_sigreturn(2): puts back what the frame on the application's stack holds, all registers
/// included: the caller must not set a system-call result afterwards.
void return_from_handler() noexcept;
/// A deliverable signal is pending for the running task.
bool signal_pending() noexcept;
/// rt_sigtimedwait(2): takes one of `wanted` (which should be blocked).
/// @return `errc::again` at the deadline, `errc::interrupted`.
result<signal_info> wait_for_signal(signal_set wanted, instant deadline) noexcept;
/// kill(2) with a process group (`group` > 0). @return `errc::no_process` if nobody was there.
result<void> send_signal_to_group(i32 group, const signal_info& info) noexcept;
/// A siginfo of kind SI_USER (0), SI_TKILL (-6), SI_KERNEL (0x80) from the calling process.
signal_info make_signal(signal s, i32 code) noexcept;

/// Names of system calls for crash reports; set by linux/ at start. Null: numbers are printed.
extern std::string_view (*syscall_name)(u64 number) noexcept;

}  // namespace osprey::proc
