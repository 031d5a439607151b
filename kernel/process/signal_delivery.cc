// SPDX-License-Identifier: BSD-3-Clause
// What happens before a task goes back to its application: signals, restarts, death.
#include <arch/context.hh>
#include <arch/interrupts.hh>
#include <arch/signal_frame.hh>
#include <base/log.hh>
#include <process/crash_report.hh>
#include <process/process_table.hh>
#include <process/signal_rules.hh>
#include <sched/scheduler.hh>
#include <trace/tracepoint.hh>

namespace osprey::proc {
namespace {

/// Whether the frame belongs to a system call that wants to be restarted; how.
errc restart_kind(const arch::register_frame& frame) noexcept {
    if (frame.vector != arch::register_frame::syscall_vector)
        return errc{};
    const auto value = static_cast<i64>(frame.syscall_result());
    for (errc kind : {errc::restart_always, errc::restart_no_interrupt, errc::restart_no_handler,
                      errc::restart_block})
        if (value == -static_cast<i64>(kind))
            return kind;
    return errc{};
}

void prepare_restart_for_handler(arch::register_frame& frame, const signal_action& action,
                                 u64 number) noexcept {
    const errc kind = restart_kind(frame);
    if (kind == errc{})
        return;
    if (kind == errc::restart_no_interrupt ||
        (kind == errc::restart_always && action.flags & sa_restart)) {
        arch::restart_system_call(frame, number);
        return;
    }
    frame.set_syscall_result(static_cast<u64>(-static_cast<i64>(errc::interrupted)));
    arch::forget_system_call(frame);
}

bool on_alternate_stack(const task& t, u64 sp) noexcept {
    return t.alternate_size != 0 && sp - t.alternate_stack - 1 < t.alternate_size;
}

result<void> enter_handler(task& t, arch::register_frame& frame, const signal_info& info,
                           const signal_action& action) noexcept {
    constexpr i32 stack_is_on = 1, stack_disabled = 2, stack_auto_disarm = i32(1u << 31);
    void* staging = task_access::signal_fpu(t);
    if (!staging)
        return errc::out_of_memory;
    const bool on_it = on_alternate_stack(t, frame.stack_pointer());
    const i32 state = t.alternate_size == 0 ? stack_disabled : on_it ? stack_is_on : 0;
    const arch::signal_frame_request request{
        .number = info.number,
        .handler = action.handler,
        .restorer = action.restorer,
        .info = &info,
        .blocked = (t.restore_blocked ? t.saved_blocked : t.blocked).bits(),
        .alternate = {t.alternate_stack, state | (t.alternate_flags & stack_auto_disarm), 0,
                      t.alternate_size},
        .use_alternate = (action.flags & sa_on_stack) && t.alternate_size != 0 && !on_it,
        .trap_vector = t.trap.vector,
        .trap_error = t.trap.error_code,
        .trap_address = t.trap.address,
        .fpu_staging = staging,
    };
    TRY_VOID(arch::push_signal_frame(frame, request));
    t.restore_blocked = false;
    if (t.alternate_flags & stack_auto_disarm)
        t.alternate_stack = t.alternate_size = 0, t.alternate_flags = stack_disabled;
    u64 mask = t.blocked.bits() | action.mask;
    if (!(action.flags & sa_no_defer))
        mask |= u64{1} << (info.number - 1);
    set_blocked(signal_set{mask});
    return ok;
}

/// Sleeps while the process is stopped, and tells the parent when it goes on.
void wait_while_stopped(task& t) noexcept {
    process& p = t.owner();
    while (p.stopped.load() && !must_end(t))
        (void)sched::wait_until([&] { return !p.stopped.load() || must_end(t); });
    if (process_access::continue_untold(p).exchange(false))
        notify_parent_of_continue(p);
}

/// Sleeps until SIGCONT or death. `continues`: how many SIGCONT had been sent before the stop
/// signal was taken; one that came in between has cancelled it.
void stay_stopped(process& p, signal s, u32 continues) noexcept {
    {
        sync::lock_guard guard{p.mutex};
        if (process_access::continues(p).load() != continues || p.exiting.load())
            return;
        process_access::stop_signal(p) = s;
        process_access::stop_reported(p) = false;
        p.stopped.store(true);
        for (task* t = process_access::first_task(p); t; t = task_access::next_in_process(*t))
            if (t != &current_task()) {
                t->return_work.fetch_or(work_signal);
                sched::interrupt(*t, sched::severity::signal);
            }
    }
    notify_parent_of_stop(p, s);
    wait_while_stopped(current_task());
}

void act_by_default(process& p, arch::register_frame& frame, const signal_info& info,
                    u32 continues) noexcept {
    const auto s = static_cast<signal>(info.number);
    switch (default_action_of(s)) {
        case default_action::ignore:
        case default_action::resume:
            return;
        case default_action::stop:
            // A group that nobody could continue is not stopped by its terminal.
            if (s != signal::stop && group_is_orphaned(p.process_group.load()))
                return;
            stay_stopped(p, s, continues);
            return;
        case default_action::dump_core:
            report_crash(current_task(), frame, info);
            exit_process(exit_status::killed(s));
        case default_action::terminate:
            exit_process(exit_status::killed(s));
    }
}

/// Takes one signal and its action. SIGKILL needs no queue, see send_signal.
bool next_signal(task& t, signal_info& info, signal_action& action) noexcept {
    process& p = t.owner();
    const signal_set wanted{~t.blocked.bits()};
    if (!t.pending.take(wanted, info) && !p.pending.take(wanted, info))
        return false;
    sync::lock_guard guard{p.mutex};
    signal_action& kept = p.actions[info.number - 1];
    action = kept;
    if (action.handler > handler_ignore && action.flags & sa_reset_hand)
        kept.handler = handler_default;
    return true;
}

}  // namespace

void restart_without_handler(arch::register_frame& frame, const task& t) noexcept {
    const errc kind = restart_kind(frame);
    if (kind == errc{})
        return;
    arch::restart_system_call(
        frame, kind == errc::restart_block ? arch::restart_syscall_number : t.restart_number);
}

TRACEPOINT(signal, signal_deliver, trace::pid pid);
void deliver_signals(task& t, arch::register_frame& frame) noexcept {
    TRACE(signal_deliver, t.tid());
    process& p = t.owner();
    signal_info info;
    signal_action action;
    wait_while_stopped(t);
    for (;;) {
        const u32 continues = process_access::continues(p).load();
        if (!next_signal(t, info, action))
            return;
        if (action.handler == handler_ignore)
            continue;
        if (action.handler == handler_default) {
            act_by_default(p, frame, info, continues);
            continue;
        }
        prepare_restart_for_handler(frame, action, t.restart_number);
        if (enter_handler(t, frame, info, action))
            continue;
        log::warning("pid {}: no room on the stack at {:#x} for the handler of {}", p.pid(),
                     frame.stack_pointer(), name_of(static_cast<signal>(info.number)));
        if (info.number == static_cast<i32>(signal::segv)) {
            report_crash(t, frame, info);
            exit_process(exit_status::killed(signal::segv));
        }
        force_signal(t, make_signal(signal::segv, 0x80));
    }
}

bool must_end(task& t) noexcept {
    process& p = t.owner();
    task* survivor = process_access::survivor(p).load(std::memory_order_acquire);
    return p.exiting.load(std::memory_order_acquire) || (survivor && survivor != &t);
}

TRACEPOINT(signal, signal_return, trace::pid pid);
void return_from_handler() noexcept {
    TRACE(signal_return, current_task().tid());
    task& t = current_task();
    void* staging = task_access::signal_fpu(t);
    auto contents = staging ? arch::pop_signal_frame(arch::application_frame(), staging)
                            : result<arch::signal_frame_contents>{errc::out_of_memory};
    if (!contents) {
        log::warning("pid {}: rt_sigreturn found no signal frame at {:#x}", t.owner().pid(),
                     arch::application_frame().stack_pointer());
        force_signal(t, make_signal(signal::segv, 0x80));
        return;
    }
    arch::replace_system_call_frame(arch::application_frame());
    constexpr i32 stack_disabled = 2, stack_auto_disarm = i32(1u << 31);
    const arch::signal_stack& stack = contents->alternate;
    if (stack.flags & stack_disabled) {
        t.alternate_stack = t.alternate_size = 0;
        t.alternate_flags = stack_disabled;
    } else {
        t.alternate_stack = stack.address;
        t.alternate_size = stack.bytes;
        t.alternate_flags = stack.flags & stack_auto_disarm;
    }
    set_blocked(signal_set{contents->blocked});
}

}  // namespace osprey::proc
