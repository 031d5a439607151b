// SPDX-License-Identifier: BSD-3-Clause
#include <arch/linux_abi.hh>
#include <base/log_ring.hh>
#include <linux/initialize.hh>
#include <linux/strace.hh>
#include <process/task.hh>
#include <sched/clock.hh>
#include <sched/scheduler.hh>

namespace osprey::abi {

void trace_calls_of(proc::process& p) noexcept {
    p.strace = true;
    fill_call_table(true);
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
