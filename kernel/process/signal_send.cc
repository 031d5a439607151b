// SPDX-License-Identifier: BSD-3-Clause
// How signals get into queues, and who is woken for them (signal(7), kill(2)).
#include <process/process_table.hh>
#include <process/signal_rules.hh>
#include <trace/tracepoint.hh>

namespace osprey::proc {
namespace {

void poke(task& t, sched::severity how) noexcept {
    t.return_work.fetch_or(work_signal, std::memory_order_release);
    sched::interrupt(t, how);
}

/// Under `process::mutex`: a task that would take `s` now; the calling one if it can.
task* find_taker(process& p, signal s) noexcept {
    task* self = sched::current().is_application() ? &current_task() : nullptr;
    if (self && &self->owner() == &p && !self->blocked.contains(s))
        return self;
    task* found = nullptr;
    for (task* t = process_access::first_task(p); t; t = task_access::next_in_process(*t)) {
        if (t->blocked.contains(s))
            continue;
        found = t;
        if (t->tid() == p.pid())
            break;  // the first task is preferred, as on Linux
    }
    return found;
}

/// Under `process::mutex`: SIGCONT and the stop signals cancel each other; SIGCONT resumes even
/// when it is blocked or ignored.
void apply_job_control(process& p, signal s) noexcept {
    constexpr u64 stops = u64{1} << 18 | u64{1} << 19 | u64{1} << 20 | u64{1} << 21;
    constexpr u64 cont = u64{1} << 17;
    const bool is_stop = stops >> (static_cast<unsigned>(s) - 1) & 1;
    if (s != signal::cont && !is_stop)
        return;
    const signal_set cancelled{s == signal::cont ? stops : cont};
    p.pending.discard(cancelled);
    for (task* t = process_access::first_task(p); t; t = task_access::next_in_process(*t))
        t->pending.discard(cancelled);
    if (s != signal::cont)
        return;
    process_access::continues(p).fetch_add(1);
    if (!p.stopped.exchange(false))
        return;
    process_access::continue_reported(p) = false;
    process_access::stop_reported(p) = true;
    // The first task that goes on tells the parent: its locks come before the one held here.
    process_access::continue_untold(p) = true;
    for (task* t = process_access::first_task(p); t; t = task_access::next_in_process(*t)) {
        t->return_work.fetch_or(work_signal, std::memory_order_release);
        sched::interrupt(*t, sched::severity::signal);
    }
}

void kill_all_tasks(process& p) noexcept {
    for (task* t = process_access::first_task(p); t; t = task_access::next_in_process(*t)) {
        t->return_work.fetch_or(work_end, std::memory_order_release);
        sched::interrupt(*t, sched::severity::fatal);
    }
}

/// Under `process::mutex`. @return whether the signal needs no queue.
bool handle_specially(process& p, const signal_info& info) noexcept {
    const auto s = static_cast<signal>(info.number);
    if (p.exiting.load(std::memory_order_relaxed))
        return true;
    if (s == signal::kill) {
        p.status = exit_status::killed(s);
        p.exiting.store(true, std::memory_order_release);
        kill_all_tasks(p);
        return true;
    }
    apply_job_control(p, s);
    return false;
}

bool valid(i32 number) noexcept {
    return number > 0 && number <= static_cast<i32>(signal_count);
}

}  // namespace

TRACEPOINT(signal, signal_send_process, trace::pid pid, i32 signal);
result<void> send_signal(process& to, const signal_info& info) noexcept {
    TRACE(signal_send_process, to.pid(), static_cast<i32>(info.number));
    if (info.number == 0)
        return ok;
    if (!valid(info.number))
        return errc::invalid_argument;
    const auto s = static_cast<signal>(info.number);
    sync::lock_guard guard{to.mutex};
    if (handle_specially(to, info))
        return ok;
    task* taker = find_taker(to, s);
    // Ignored signals vanish, unless blocked: the action may change before they are unblocked.
    if (taker && is_ignored(to.actions[info.number - 1], s))
        return ok;
    TRY_VOID(to.pending.add(info));
    if (taker)
        poke(*taker, sched::severity::signal);
    to.signal_arrived.wake_all();
    return ok;
}

TRACEPOINT(signal, signal_send_task, trace::pid pid, i32 signal);
result<void> send_signal(task& to, const signal_info& info) noexcept {
    TRACE(signal_send_task, to.tid(), static_cast<i32>(info.number));
    if (info.number == 0)
        return ok;
    if (!valid(info.number))
        return errc::invalid_argument;
    const auto s = static_cast<signal>(info.number);
    process& p = to.owner();
    sync::lock_guard guard{p.mutex};
    if (handle_specially(p, info))
        return ok;
    const bool blocked = to.blocked.contains(s);
    if (!blocked && is_ignored(p.actions[info.number - 1], s))
        return ok;
    TRY_VOID(to.pending.add(info));
    if (!blocked)
        poke(to, sched::severity::signal);
    p.signal_arrived.wake_all();
    return ok;
}

TRACEPOINT(signal, signal_force, trace::pid pid, i32 signal);
void force_signal(task& to, const signal_info& info) noexcept {
    TRACE(signal_force, to.tid(), static_cast<i32>(info.number));
    const auto s = static_cast<signal>(info.number);
    process& p = to.owner();
    sync::lock_guard guard{p.mutex};
    signal_action& action = p.actions[info.number - 1];
    const bool blocked = to.blocked.contains(s);
    if (blocked || action.handler == handler_ignore) {
        action = {};
        to.blocked.remove(s);
    }
    (void)to.pending.add(info);
    poke(to, sched::severity::signal);
}

result<void> send_signal_to_group(i32 group, const signal_info& info) noexcept {
    struct state {
        i32 group;
        const signal_info& info;
        bool found;
    } s{group, info, false};
    for_each_process(
        [](process& p, void* context) {
            auto& s = *static_cast<state*>(context);
            if (p.process_group.load(std::memory_order_relaxed) == s.group) {
                s.found = true;
                (void)send_signal(p, s.info);
            }
            return true;
        },
        &s);
    if (!s.found)
        return errc::no_process;
    return ok;
}

signal_info make_signal(signal s, i32 code) noexcept {
    signal_info info{};
    info.number = static_cast<i32>(s);
    info.code = code;
    if (sched::current().is_application()) {
        info.sent.pid = current_process().pid();
        info.sent.uid = current_process().identity.uid;
    }
    return info;
}

std::string_view name_of(signal s) noexcept {
    constexpr std::string_view names[] = {
        "no signal", "SIGHUP",  "SIGINT",    "SIGQUIT", "SIGILL",   "SIGTRAP", "SIGABRT", "SIGBUS",
        "SIGFPE",    "SIGKILL", "SIGUSR1",   "SIGSEGV", "SIGUSR2",  "SIGPIPE", "SIGALRM", "SIGTERM",
        "SIGSTKFLT", "SIGCHLD", "SIGCONT",   "SIGSTOP", "SIGTSTP",  "SIGTTIN", "SIGTTOU", "SIGURG",
        "SIGXCPU",   "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO",   "SIGPWR",  "SIGSYS"};
    const auto n = static_cast<unsigned>(s);
    return n < sizeof names / sizeof names[0] ? names[n] : "SIGRT";
}

}  // namespace osprey::proc
