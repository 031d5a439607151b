// SPDX-License-Identifier: BSD-3-Clause
// Masks, actions, and waiting for signals.
#include <process/process_table.hh>
#include <process/signal_rules.hh>
#include <sched/scheduler.hh>

namespace osprey::proc {
namespace {

u64 deliverable(task& t) noexcept {
    return (t.pending.pending().bits() | t.owner().pending.pending().bits()) & ~t.blocked.bits();
}

/// Sets the mask of `t`; signals that were blocked may be delivered now, and process-directed ones
/// that this task alone would have taken need another one.
void change_mask(task& t, signal_set mask) noexcept {
    const u64 bits = mask.bits() & ~unblockable;
    process& p = t.owner();
    if (bits == t.blocked.bits())
        return;
    {
        sync::lock_guard guard{p.mutex};
        const u64 newly_blocked = bits & ~t.blocked.bits();
        t.blocked = signal_set{bits};
        const u64 orphans = p.pending.pending().bits() & newly_blocked;
        if (orphans && p.task_count.load(std::memory_order_relaxed) > 1)
            for (task* o = process_access::first_task(p); o; o = task_access::next_in_process(*o))
                if (o != &t && orphans & ~o->blocked.bits()) {
                    o->return_work.fetch_or(work_signal, std::memory_order_release);
                    sched::interrupt(*o, sched::severity::signal);
                }
    }
    if (deliverable(t)) {
        t.return_work.fetch_or(work_signal, std::memory_order_release);
        t.interrupted.store(true, std::memory_order_release);
    }
}

}  // namespace

bool signal_pending() noexcept {
    return deliverable(current_task()) != 0 || must_end(current_task());
}

void set_blocked(signal_set mask) noexcept {
    change_mask(current_task(), mask);
}

void set_blocked_for_wait(signal_set mask) noexcept {
    task& t = current_task();
    t.saved_blocked = t.blocked;
    t.restore_blocked = true;
    t.return_work.fetch_or(work_signal, std::memory_order_relaxed);  // to restore it in any case
    change_mask(t, mask);
}

void restore_blocked_now() noexcept {
    task& t = current_task();
    if (!t.restore_blocked)
        return;
    t.restore_blocked = false;
    change_mask(t, t.saved_blocked);
}

result<void> set_action(signal s, const signal_action* next, signal_action* previous) noexcept {
    const auto n = static_cast<unsigned>(s);
    if (n == 0 || n > signal_count)
        return errc::invalid_argument;
    if (next && unblockable >> (n - 1) & 1)
        return errc::invalid_argument;
    process& p = current_process();
    sync::lock_guard guard{p.mutex};
    signal_action& action = p.actions[n - 1];
    if (previous)
        *previous = action;
    if (!next)
        return ok;
    action = *next;
    action.mask &= ~unblockable;
    if (is_ignored(action, s)) {
        signal_set gone;
        gone.add(s);
        p.pending.discard(gone);
        for (task* t = process_access::first_task(p); t; t = task_access::next_in_process(*t))
            t->pending.discard(gone);
    }
    return ok;
}

result<signal_info> wait_for_signal(signal_set wanted, instant deadline) noexcept {
    task& t = current_task();
    wanted = signal_set{wanted.bits() & ~unblockable};
    signal_info info;
    if (t.pending.take(wanted, info) || t.owner().pending.take(wanted, info))
        return info;
    // While it waits, the wanted signals must wake this task although they are blocked.
    const signal_set before = t.blocked;
    change_mask(t, signal_set{before.bits() & ~wanted.bits()});
    result<void> waited = ok;
    bool got = false;
    auto look = [&] {
        return (t.pending.pending().bits() | t.owner().pending.pending().bits()) & wanted.bits();
    };
    waited = sched::wait_until(look, sched::wait_mode::interruptible, deadline);
    got = t.pending.take(wanted, info) || t.owner().pending.take(wanted, info);
    {
        sync::lock_guard guard{t.owner().mutex};
        t.blocked = before;
    }
    if (!deliverable(t) && !must_end(t))
        t.interrupted.store(false, std::memory_order_release);
    if (got)
        return info;
    if (!waited && waited.error() == errc::timed_out)
        return errc::again;
    return errc::interrupted;
}

}  // namespace osprey::proc
