// SPDX-License-Identifier: BSD-3-Clause
// Who is whose parent when processes end: SIGCHLD, orphans and their new parents (prctl(2),
// PR_SET_CHILD_SUBREAPER), PR_SET_PDEATHSIG, orphaned process groups (setpgid(2)).
#include <process/process_table.hh>
#include <process/signal_rules.hh>
#include <trace/tracepoint.hh>

namespace osprey::proc {
namespace {

// Everything here runs with `table_mutex` held unless told otherwise; signals are sent under it, so
// that who sees a zombie also finds its SIGCHLD.

/// Does `parent` not want to wait for children at all?
bool forgets_children(process& parent) noexcept {
    sync::lock_guard guard{parent.mutex};
    const signal_action& action = parent.actions[static_cast<unsigned>(signal::child) - 1];
    return action.handler == handler_ignore || action.flags & sa_no_child_wait;
}

/// Tells the parent of a zombie, or takes it out of the table if nobody will ever wait for it.
void report_zombie(process& p) noexcept {
    process* parent = p.parent();
    if (!parent) {
        if (process_access::orphan(p))
            process_access::remove(p);
        return;
    }
    refptr<process> keep{parent};
    const i32 number = p.exit_signal.load();
    const bool forgotten = number == static_cast<i32>(signal::child) && forgets_children(*parent);
    if (number != 0)
        (void)send_signal(*parent, make_child_signal(p, number));
    if (forgotten)
        process_access::remove(p);
    parent->note_child_event();
}

bool can_adopt(process& p) noexcept {
    // Without a task it has given its own children away, or is about to.
    return process_access::in_table(p) && p.task_count.load() != 0;
}

/// The new parent of the children of `p`; null: nobody.
process* find_reaper(process& p) noexcept {
    for (process* at = p.parent(); at; at = at->parent())
        if (at->settings.child_subreaper.load() && can_adopt(*at))
            return at;
    process* first = process_access::above(0);
    return first && first != &p && first->pid() == 1 && can_adopt(*first) ? first : nullptr;
}

void send_parent_death(process& child) noexcept {
    u64 wanted = 0;
    child.for_each_task(
        [](task& t, void* context) {
            if (const i32 s = t.settings.parent_death_signal.load())
                *static_cast<u64*>(context) |= u64{1} << (s - 1);
            return true;
        },
        &wanted);
    for (unsigned s = 1; s <= signal_count; ++s)
        if (wanted >> (s - 1) & 1)
            (void)send_signal(child, make_signal(static_cast<signal>(s), 0));
}

bool is_orphaned(i32 group, const process* without) noexcept {
    for (process* p = process_access::above(0); p; p = process_access::above(p->pid())) {
        // One whose last task has gone is no link any more, though its children may not know yet.
        if (p->process_group.load() != group || p == without || p->task_count.load() == 0)
            continue;
        const process* parent = p->parent();
        if (parent && parent->process_group.load() != group &&
            parent->session.load() == p->session.load())
            return false;
    }
    return true;
}

bool has_stopped_jobs(i32 group) noexcept {
    for (process* p = process_access::above(0); p; p = process_access::above(p->pid()))
        if (p->process_group.load() == group && p->stopped.load() && !p->is_zombie())
            return true;
    return false;
}

/// `link` is the parent whose end, or `without` the member whose end, may have orphaned `group`.
void release_if_orphaned(i32 group, i32 session, const process* link,
                         const process* without) noexcept {
    if (!link || link->process_group.load() == group || link->session.load() != session)
        return;
    if (!has_stopped_jobs(group) || !is_orphaned(group, without))
        return;
    for (signal s : {signal::hup, signal::cont})
        for (process* p = process_access::above(0); p; p = process_access::above(p->pid()))
            if (p->process_group.load() == group)
                (void)send_signal(*p, make_signal(s, 0x80));  // SI_KERNEL
}

}  // namespace

TRACEPOINT(process, process_zombie, trace::pid pid);
void become_zombie(process& p) noexcept {
    TRACE(process_zombie, p.pid());
    sync::lock_guard guard{table_mutex};
    process_access::zombie(p).store(true, std::memory_order_release);
    report_zombie(p);
}

void give_children_away(process& p) noexcept {
    sync::lock_guard guard{table_mutex};
    auto& children = process_access::children(p);
    if (children.empty())
        return;
    process* reaper = find_reaper(p);
    while (process* child = children.pop_front()) {
        process_access::set_parent(*child, reaper);
        if (reaper)
            process_access::children(*reaper).push_back(*child);
        process_access::orphan(*child) = !reaper;
        process_access::creator(*child) = reaper ? reaper->pid() : 0;
        child->exit_signal = static_cast<i32>(signal::child);
        if (child->is_zombie()) {
            report_zombie(*child);
            continue;
        }
        send_parent_death(*child);
        release_if_orphaned(child->process_group.load(), child->session.load(), &p, nullptr);
    }
}

void give_children_to_siblings(task& t) noexcept {
    process& p = t.owner();
    i32 heir = 0;
    {
        sync::lock_guard guard{p.mutex};
        for (task* o = process_access::first_task(p); o; o = task_access::next_in_process(*o))
            if (o != &t)
                heir = o->tid();
    }
    if (heir == 0)
        return;  // the last one: the whole family goes
    sync::lock_guard guard{table_mutex};
    for (process& child : process_access::children(p))
        if (process_access::creator(child) == t.tid()) {
            process_access::creator(child) = heir;
            if (!child.is_zombie())
                send_parent_death(child);
        }
}

bool group_is_orphaned(i32 group) noexcept {
    sync::lock_guard guard{table_mutex};
    return is_orphaned(group, nullptr);
}

void release_orphaned_groups(process& p) noexcept {
    sync::lock_guard guard{table_mutex};
    release_if_orphaned(p.process_group.load(), p.session.load(), p.parent(), &p);
}

}  // namespace osprey::proc
