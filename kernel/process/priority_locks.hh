// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/intrusive_list.hh>
#include <process/futex_key.hh>
#include <process/task.hh>

/// Who waits for whom at futexes with priority inheritance. For the files of futex(2) and for those
/// that end a task or change its priority.
///
/// A futex that somebody waits for has a `priority_lock`, which knows its owner; a task knows the
/// locks that it holds and the one that it waits for. So each task has the real-time priority of
/// the most urgent task that waits for it, directly or over others. The graph is one thing, and
/// chains cross it anywhere: one mutex guards all of it. It is needed only when somebody has to
/// wait; a futex that is free is taken without a system call.
namespace osprey::proc {

/// On the kernel stack of the waiting task.
struct priority_waiter {
    task* waiting;
    priority_lock* lock = nullptr;
    u8 urgency = 0;                    // the task's real-time priority
    bool owner_died = false;           // valid once granted: the word still tells the old owner
    std::atomic<bool> granted{false};  // it owns the lock, and nobody else touches this object
    list_hook hook = {};
};

/// A futex that somebody waits for, or whose word lags behind its owner.
struct priority_lock {
    futex_key key;
    task* owner;
    /// The most urgent first; of equals, the one that came first.
    intrusive_list<priority_waiter, &priority_waiter::hook> waiters{};
    priority_lock *next_of_owner = nullptr, *next_in_table = nullptr;
    bool word_lags = false;  // the old owner died: the new one has yet to write the word
};

/// Held while the graph is looked at or changed: its mutex, at a priority that nobody interrupts.
/// Context: tasks, may sleep (for pages of the application).
class priority_graph {
public:
    priority_graph() noexcept;
    ~priority_graph();
    priority_graph(const priority_graph&) = delete;

    /// The lock of a futex, or null if nobody waits for it.
    [[nodiscard]] priority_lock* find(const futex_key& key) const noexcept;
    /// A lock for a futex that has none, with its owner. @return `errc::out_of_memory`.
    result<priority_lock*> add(const futex_key& key, task& owner) noexcept;
    /// Hangs `w` in. @return `errc::deadlock` if the owner waits for the task of `w`.
    result<void> wait(priority_lock& l, priority_waiter& w) noexcept;
    /// Takes a waiter out. @return false if it owns the lock already.
    bool withdraw(priority_waiter& w) noexcept;
    /// Makes the first waiter the owner and wakes it. May free `l`.
    enum class old_owner : u8 { lives, died };
    void hand_over(priority_lock& l, old_owner how) noexcept;
    /// Frees `l` if it has become useless.
    void drop_if_useless(priority_lock& l) noexcept;
    /// Computes what `t` inherits, and passes it on to whom it waits for.
    void settle(task& t) noexcept;

private:
    void forget(priority_lock& l) noexcept;
    sched::urgent_section urgent_;
};

/// What happens to the locks of a task that ends, or leaves its memory for another program.
enum class departure : u8 { ends, executes };
void give_priority_locks_away(task& t, departure how) noexcept;
/// After the task's own priority has changed.
void priority_changed(task& t) noexcept;

}  // namespace osprey::proc
