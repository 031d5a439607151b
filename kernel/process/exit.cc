// SPDX-License-Identifier: BSD-3-Clause
// How tasks and processes end (exit(2), exit_group(2), set_robust_list(2)).
#include <arch/user_access.hh>
#include <memory/user_pointer.hh>
#include <process/futex.hh>
#include <process/futex_priority.hh>
#include <process/process_table.hh>
#include <process/signal_rules.hh>
#include <process/terminals.hh>
#include <sched/scheduler.hh>
#include <trace/tracepoint.hh>

namespace osprey::proc {
namespace {

// linux/futex.h
struct robust_list_head {
    u64 first;
    i64 futex_offset;
    u64 pending;
};
enum class mutex_kind : u8 { plain, inherits_priority };
constexpr unsigned longest_robust_list = 2048;

/// A mutex of the ending task: marks it so that the next owner sees what happened.
void abandon(u64 word_address, i32 tid, mutex_kind kind) noexcept {
    if (word_address % 4 != 0 || !memory::is_application_range(word_address, 4))
        return;
    auto* word = reinterpret_cast<u32*>(word_address);
    u32 value;
    if (!arch::user_load(word, value))
        return;
    bool exchanged = false;
    while ((value & futex_tid_mask) == static_cast<u32>(tid) && !exchanged) {
        const u32 abandoned = (value & futex_waiters) | futex_owner_died;
        const u32 before = value;
        if (!arch::user_compare_exchange(word, value, abandoned, exchanged))
            return;
        if (exchanged && before & futex_waiters && kind == mutex_kind::plain)
            wake_futex(word_address, 1);
    }
}

void walk_robust_list(task& t) noexcept {
    if (!t.robust_list)
        return;
    const virtual_address list = std::exchange(t.robust_list, 0);
    auto loaded = memory::user_ptr<robust_list_head>{list}.load();
    if (!loaded)
        return;
    const robust_list_head head = *loaded;
    // Bit 0 of a link marks a priority-inheriting mutex. The operation that was under way when the
    // task ended may or may not be in the list as well.
    const auto word_of = [&](u64 entry) {
        return (entry & ~u64{1}) + static_cast<u64>(head.futex_offset);
    };
    const auto kind_of = [](u64 entry) {
        return entry & 1 ? mutex_kind::inherits_priority : mutex_kind::plain;
    };
    u64 entry = head.first;
    for (unsigned i = 0; (entry & ~u64{1}) != list && i < longest_robust_list; ++i) {
        auto next = memory::user_ptr<u64>{entry & ~u64{1}}.load();
        if (entry != head.pending)
            abandon(word_of(entry), t.tid(), kind_of(entry));
        if (!next)
            break;
        entry = *next;
    }
    if (head.pending)
        abandon(word_of(head.pending), t.tid(), kind_of(head.pending));
}

TRACEPOINT(process, app_destroy, trace::pid pid);
/// What the last task of a process does.
void end_process(process& p) noexcept {
    TRACE(app_destroy, p.pid());
    if (process_extension* extension = p.extension.exchange(nullptr)) {
        extension->process_ended();
        delete extension;
    }
    p.exchange(&process::descriptors, {}).reset();
    p.exchange(&process::directories, {}).reset();
    leave_terminal_at_end(p);
    vfs::path executable;
    {
        sync::lock_guard guard{p.mutex};
        executable = std::move(p.executable);
        p.executable = {};
    }
    process_access::release_memory(p);
    sched::current().space = nullptr;
    memory::set_current_address_space(nullptr);
    p.exchange(&process::space, {}).reset();
    process_access::release_parent(p);
    p.pending.discard(signal_set{~u64{0}});
    refptr<process> keep{&p};
    give_children_away(p);
    release_orphaned_groups(p);
    become_zombie(p);
    p.note_child_event();  // for wait_for
}

}  // namespace

void clear_tid_and_robust_list(task& t) noexcept {
    walk_robust_list(t);
    if (const virtual_address word = std::exchange(t.clear_child_tid, 0)) {
        if (memory::user_ptr<u32>{word}.store(0))
            wake_futex(word, 1);
    }
}

TRACEPOINT(process, task_exit, i32 code);
void exit_task(int code) noexcept {
    TRACE(task_exit, code);
    task& t = current_task();
    process& p = t.owner();
    arch::enable_interrupts();
    clear_tid_and_robust_list(t);
    give_priority_locks_away(t, departure::ends);
    {
        sync::lock_guard guard{p.mutex};
        if (!p.exiting.load(std::memory_order_relaxed))
            p.status = exit_status::exited(code);  // of the last task, unless exit_group came
    }
    t.pending.discard(signal_set{~u64{0}});
    if (t.made_children)
        give_children_to_siblings(t);
    if (task_access::remove(t))
        end_process(p);
    else
        process_access::task_gone(p).wake_all();
    sched::exit_current();
}

TRACEPOINT(process, process_exit, trace::pid pid);
void exit_process(exit_status s) noexcept {
    TRACE(process_exit, current_process().pid());
    task& self = current_task();
    process& p = self.owner();
    {
        sync::lock_guard guard{p.mutex};
        if (!p.exiting.load(std::memory_order_relaxed)) {
            p.status = s;
            p.exiting.store(true, std::memory_order_release);
            for (task* t = process_access::first_task(p); t; t = task_access::next_in_process(*t))
                if (t != &self) {
                    t->return_work.fetch_or(work_end, std::memory_order_release);
                    sched::interrupt(*t, sched::severity::fatal);
                }
        }
    }
    exit_task(0);
}

}  // namespace osprey::proc
