// SPDX-License-Identifier: BSD-3-Clause
#include <arch/linux_abi.hh>
#include <base/log_ring.hh>
#include <linux/initialize.hh>
#include <linux/strace.hh>
#include <process/agent.hh>
#include <process/task.hh>
#include <sched/clock.hh>
#include <sched/scheduler.hh>

namespace osprey::abi {

namespace {

/// Tells which processes are traced, and how many those are.
u32 choose_traced(bool (*wanted)(const proc::process& p, i32 pid), i32 pid) noexcept {
    struct choice {
        bool (*wanted)(const proc::process&, i32);
        i32 pid;
        u32 chosen = 0;
    } c{wanted, pid};
    proc::for_each_process(
        [](proc::process& p, void* context) {
            auto& how = *static_cast<choice*>(context);
            p.strace = how.wanted(p, how.pid);
            how.chosen += p.strace;
            return true;
        },
        &c);
    return c.chosen;
}

}  // namespace

void trace_calls(i32 pid) noexcept {
    const u32 chosen = choose_traced(
        [](const proc::process& p, i32 wanted) {
            return wanted == 0 ? p.pid() != proc::agent_pid() : p.pid() == wanted;
        },
        pid);
    if (chosen == 0)
        log::notice("strace: there is no process {}", pid);
    else
        log::notice("strace: on for {} processes", chosen);
    fill_call_table(chosen != 0);
}

void end_tracing() noexcept {
    (void)choose_traced([](const proc::process&, i32) { return false; }, 0);
    fill_call_table(false);
    log::notice("strace: off");
}

namespace {

/// A line must not be lost because threads write faster than the console shows: they wait for it.
void write_line(std::string_view text) noexcept {
    log::write(log::level::notice, text);
    while (log::console_lags()) {
        const auto next_look = sched::monotonic_now() + duration::milliseconds(1);
        if (!sched::sleep_until(next_look, sched::wait_mode::killable))
            return;
    }
}

bool never_returns(std::string_view name) noexcept {
    return name == "exit" || name == "exit_group" || name == "execve" || name == "execveat" ||
           name == "rt_sigreturn";
}

}  // namespace

strace_line::strace_line(const arch::register_frame& frame) noexcept
    : call_{frame.syscall_number(), describe(frame.syscall_number()), {}} {
    for (unsigned i = 0; i < 6; ++i)
        call_.arguments[i] = frame.syscall_argument(i);
    if (call_.description && never_returns(call_.description->name)) {
        begin();
        append_call(text_, call_, nullptr);
        write_line(text_.view());
        written_ = true;
    }
}

void strace_line::begin() noexcept {
    text_.clear();
    format_to(text_, "[{}] ", proc::current_task().tid());
}

void strace_line::finish(reply answer) noexcept {
    const bool failed_exec = written_ && answer.failed() && call_.number != arch::sigreturn_number;
    if (written_ && !failed_exec)
        return;
    begin();
    if (failed_exec)
        text_.append(call_.description->name);
    else
        append_call(text_, call_, &answer);
    append_answer(text_, call_, answer);
    write_line(text_.view());
}

}  // namespace osprey::abi
