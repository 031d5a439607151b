// SPDX-License-Identifier: BSD-3-Clause
// wait4(2), waitid(2) and the signals about children.
#include <process/process_table.hh>
#include <process/signal_rules.hh>
#include <sched/scheduler.hh>
#include <trace/tracepoint.hh>

namespace osprey::proc {
namespace {

// si_code of SIGCHLD
constexpr i32 child_exited = 1, child_killed = 2, child_dumped = 3, child_stopped = 5,
              child_continued = 6;

bool matches(process& child, i32 pid, i32 own_group) noexcept {
    if (pid == -1)
        return true;
    if (pid > 0)
        return child.pid() == pid;
    return child.process_group.load(std::memory_order_relaxed) == (pid == 0 ? own_group : -pid);
}

/// The Linux-specific options of wait(2): children by the signal they send and by who made them.
bool eligible(process& child, u32 options) noexcept {
    const bool clone_child = child.exit_signal.load() != static_cast<i32>(signal::child);
    if (!(options & wait_all) && clone_child != ((options & wait_clone) != 0))
        return false;
    return !(options & wait_no_thread) || process_access::creator(child) == current_task().tid();
}

void describe(process& child, wait_outcome& out) noexcept {
    out.pid = child.pid();
    out.uid = child.identity.uid;
    out.user_ns = child.user_ns.load();
    out.system_ns = child.system_ns.load();
    out.peak_resident = child.account.peak_resident.load();
    out.minor_faults = child.account.minor_faults.load();
    out.major_faults = child.account.major_faults.load();
}

/// Under table_mutex: does `child` have something to tell that `options` asks for?
bool look_at(process& child, u32 options, wait_outcome& out) noexcept {
    if (child.is_zombie()) {
        if (!(options & wait_exited))
            return false;
        out.status = child.status;
        describe(child, out);
        return true;
    }
    const bool keep = options & wait_no_wait;
    if (options & wait_stopped && child.stopped.load() && !process_access::stop_reported(child)) {
        process_access::stop_reported(child) = !keep;
        out.status = {static_cast<u32>(process_access::stop_signal(child)) << 8 | 0x7f};
        describe(child, out);
        return true;
    }
    if (options & wait_continued && !process_access::continue_reported(child)) {
        process_access::continue_reported(child) = !keep;
        out.status = {0xffff};
        describe(child, out);
        return true;
    }
    return false;
}

/// One look at all children. @return `errc::no_child`; pid 0 when none has changed.
result<wait_outcome> look(process& p, i32 pid, u32 options, process* only) noexcept {
    sync::lock_guard guard{table_mutex};
    bool any = false;
    wait_outcome out;
    for (process& child : process_access::children(p)) {
        if (!matches(child, pid, p.process_group.load(std::memory_order_relaxed)) ||
            !eligible(child, options) || (only && only != &child))
            continue;
        any = true;
        if (!look_at(child, options, out))
            continue;
        if (child.is_zombie() && !(options & wait_no_wait)) {
            p.children_user_ns.fetch_add(out.user_ns + child.children_user_ns.load());
            p.children_system_ns.fetch_add(out.system_ns + child.children_system_ns.load());
            p.children_minor_faults.fetch_add(child.account.minor_faults.load() +
                                              child.children_minor_faults.load());
            p.children_major_faults.fetch_add(child.account.major_faults.load() +
                                              child.children_major_faults.load());
            process_access::remove(child);
        }
        return out;
    }
    if (!any)
        return errc::no_child;
    return out;
}

}  // namespace

TRACEPOINT(process, app_join, trace::pid pid, u32 options);
result<wait_outcome> wait_for_child(i32 pid, u32 options, process* only) noexcept {
    TRACE(app_join, pid, options);
    process& p = current_process();
    for (;;) {
        const u32 events = p.child_events.load(std::memory_order_acquire);
        const wait_outcome seen = TRY(look(p, pid, options, only));
        if (seen.pid != 0 || options & wait_no_hang)
            return seen;
        auto changed = [&] {
            return p.child_events.load(std::memory_order_acquire) != events;
        };
        if (!p.child_changed.wait(changed))
            return errc::restart_always;
    }
}

exit_status wait_for(process& p) noexcept {
    (void)p.child_changed.wait([&] { return p.is_zombie(); }, sched::wait_mode::uninterruptible);
    const exit_status status = p.status;
    sync::lock_guard guard{table_mutex};
    if (process_access::in_table(p))
        process_access::remove(p);
    return status;
}

signal_info make_child_signal(process& child, i32 number) noexcept {
    signal_info info{};
    info.number = number;
    info.child.pid = child.pid();
    info.child.uid = child.identity.uid;
    const u32 raw = child.status.raw;
    if ((raw & 0x7f) == 0) {
        info.code = child_exited;
        info.child.status = static_cast<i32>(raw >> 8);
    } else {
        info.code = raw & 0x80 ? child_dumped : child_killed;
        info.child.status = static_cast<i32>(raw & 0x7f);
    }
    constexpr u64 ns_per_tick = 10'000'000;
    info.child.user_time = static_cast<i64>(child.user_ns.load() / ns_per_tick);
    info.child.system_time = static_cast<i64>(child.system_ns.load() / ns_per_tick);
    return info;
}

namespace {

/// SIGCHLD for what is not the end of `p`.
void tell_parent(process& p, i32 code, signal status) noexcept {
    sync::lock_guard guard{table_mutex};
    process* parent = p.parent();
    if (!parent)
        return;
    bool wanted;
    {
        sync::lock_guard parent_guard{parent->mutex};
        const signal_action& action = parent->actions[static_cast<unsigned>(signal::child) - 1];
        wanted = !(action.flags & sa_no_child_stop);
    }
    if (wanted) {
        signal_info info = make_child_signal(p, static_cast<i32>(signal::child));
        info.code = code;
        info.child.status = static_cast<i32>(status);
        (void)send_signal(*parent, info);
    }
    parent->note_child_event();
}

}  // namespace

void notify_parent_of_stop(process& p, signal s) noexcept {
    tell_parent(p, child_stopped, s);
}

void notify_parent_of_continue(process& p) noexcept {
    tell_parent(p, child_continued, signal::cont);
}

}  // namespace osprey::proc
