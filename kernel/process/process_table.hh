// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <process/task.hh>

namespace osprey::proc {

/// Every process and every task by number. Look-ups (find_process, find_task) walk hash chains
/// under RCU; changes hold `table_mutex`, which also guards who is whose parent.
extern sync::mutex table_mutex;  // rank process_table

/// What only the files of this folder may touch.
struct process_access {
    static result<refptr<process>> create(process* parent) noexcept;
    /// Enters `p` under the number of its first task. The table keeps a reference until `remove`.
    /// `sibling`: whose parent becomes that of `p`, too (CLONE_PARENT).
    static void enter(process& p, i32 pid, process* sibling = nullptr) noexcept;
    static void remove(process& p) noexcept;  // table_mutex held
    static bool in_table(process& p) noexcept { return p.in_table_; }
    /// The next process with a number above `pid`, or null.
    static refptr<process> next_after(i32 pid) noexcept;
    static process* above(i32 pid) noexcept;  // the same with table_mutex held

    static void set_parent(process& p, process* to) noexcept { p.set_parent(to); }
    static auto& children(process& p) noexcept { return p.children_; }
    static auto& zombie(process& p) noexcept { return p.zombie_; }
    static bool& executed(process& p) noexcept { return p.executed_; }
    static bool& orphan(process& p) noexcept { return p.orphan_; }
    static i32& creator(process& p) noexcept { return p.creator_; }
    static auto& continue_untold(process& p) noexcept { return p.continue_untold_; }
    static auto& continues(process& p) noexcept { return p.continues_; }
    static bool& stop_reported(process& p) noexcept { return p.stop_reported_; }
    static bool& continue_reported(process& p) noexcept { return p.continue_reported_; }
    static signal& stop_signal(process& p) noexcept { return p.stop_signal_; }
    static auto& survivor(process& p) noexcept { return p.survivor_; }
    static auto& task_gone(process& p) noexcept { return p.task_gone_; }
    static auto& borrowed_from(process& p) noexcept { return p.borrowed_from_; }
    static auto& memory_users(process& p) noexcept { return p.memory_users_; }
    static task*& first_task(process& p) noexcept { return p.first_task_; }

    /// vfork: `block` before the child runs, `release` by the child, `wait` by the parent.
    static void block_parent(process& child) noexcept { child.parent_released_.store(false); }
    static void release_parent(process& child) noexcept;
    static void wait_for_release(process& child) noexcept;

    /// Gives up the memory of `p`'s present program; the last user of it unmaps everything.
    static void release_memory(process& p) noexcept;

    static constexpr auto key = [](const process& p) {
        return p.pid_;
    };
    using sorted = intrusive_tree<process, &process::table_hook_, key>;
    static process* hash_next(process& p) noexcept {
        return p.table_next_.load(std::memory_order_acquire);
    }
    static auto& hash_link(process& p) noexcept { return p.table_next_; }
};

struct task_access {
    /// A task of `owner` that has not started; counted and listed in it.
    static result<refptr<task>> create(process& owner, std::string_view name,
                                       void (*entry)(void*)) noexcept;
    /// A task that belongs to `owner` but is in none of its lists (process/service_task.hh).
    static result<refptr<task>> create_unlisted(process& owner, std::string_view name,
                                                void (*entry)(void*), void* argument) noexcept;
    /// Takes an ended task out of the tables. @return whether it was the last one.
    static bool remove(task& t) noexcept;
    static void enter(task& t) noexcept;
    static void leave(task& t) noexcept;
    static task* hash_next(task& t) noexcept {
        return t.table_next_.load(std::memory_order_acquire);
    }
    /// After exec: `t` gets the number of its process.
    static void take_process_number(task& t) noexcept;

    static arch::register_frame& start_frame(task& t) noexcept { return t.start_frame_; }
    static task* next_in_process(task& t) noexcept { return t.next_in_process_; }
    /// Kernel memory for the FPU part of a signal frame; null when there is no memory.
    static void* signal_fpu(task& t) noexcept;
};

/// What a task does with its memory before it leaves it: robust mutexes, clear_child_tid.
void clear_tid_and_robust_list(task& t) noexcept;
/// The siginfo of SIGCHLD for an ended or stopped child.
signal_info make_child_signal(process& child, i32 number) noexcept;
void notify_parent_of_stop(process& p, signal s) noexcept;
void notify_parent_of_continue(process& p) noexcept;

// Families (family.cc)
/// Makes a zombie of `p`, whose last task ends, and tells its parent. Unless the parent does not
/// want to know (sigaction(2), SIGCHLD ignored or SA_NOCLDWAIT): then `p` leaves the table at once.
void become_zombie(process& p) noexcept;
/// Gives the children of an ending process to the nearest ancestor that is a subreaper, else to
/// process 1, and sends the signals of PR_SET_PDEATHSIG.
void give_children_away(process& p) noexcept;
/// The same when one of several threads ends: its children go to another thread of the process.
void give_children_to_siblings(task& t) noexcept;
/// setpgid(2), "orphaned process group": no member has a parent in another group of its session.
[[nodiscard]] bool group_is_orphaned(i32 group) noexcept;
/// `p` ends or leaves its group: stopped jobs that nobody can continue any more get SIGHUP and
/// SIGCONT.
void release_orphaned_groups(process& p) noexcept;

/// Sets up handlers for, or acts on, all deliverable signals of the running task.
void deliver_signals(task& t, arch::register_frame& frame) noexcept;
/// Restarts an interrupted system call that no handler has seen.
void restart_without_handler(arch::register_frame& frame, const task& t) noexcept;

/// Must the running task end before it goes back to the application?
bool must_end(task& t) noexcept;

}  // namespace osprey::proc
