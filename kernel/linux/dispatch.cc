// SPDX-License-Identifier: BSD-3-Clause
//
// The way of a system call through this file is hot: some thirty instructions, counted by `make
// bench`. Everything rare (unknown numbers, strace, restarts) is out of line.
#include <arch/context.hh>
#include <arch/interrupts.hh>
#include <array>
#include <linux/description.hh>
#include <linux/restart.hh>
#include <linux/strace.hh>
#include <linux/syscalls.hh>
#include <process/task.hh>

namespace osprey::abi {
namespace {

using thunk = reply (*)(const arch::register_frame&) noexcept;

template <typename T>
T argument_from(u64 value) noexcept {
    if constexpr (sizeof(T) == 8 || std::is_integral_v<T>)
        return __builtin_bit_cast(T,
                                  static_cast<std::conditional_t<sizeof(T) == 8, u64, u32>>(value));
    else
        return __builtin_bit_cast(T, static_cast<u32>(value));
}

/// Loads the registers of the application that `Handler` asks for, and jumps to it.
template <auto Handler>
struct adapter;
template <typename... Args, reply (*Handler)(Args...) noexcept>
struct adapter<Handler> {
    template <std::size_t... I>
    static reply call(const arch::register_frame& frame, std::index_sequence<I...>) noexcept {
        return Handler(argument_from<Args>(frame.syscall_argument(I))...);
    }
    static reply run(const arch::register_frame& frame) noexcept {
        return call(frame, std::index_sequence_for<Args...>{});
    }
};

reply missing(const arch::register_frame& frame) noexcept {
    report_missing_call(frame.syscall_number());
    return errc::not_implemented;
}

constexpr auto handlers = [] {
    std::array<thunk, call_limit> table;
    table.fill(missing);
#define SYSCALL(x86_number, arm_number, name, kind, ...) \
    table[x86_number] = adapter<&calls::name>::run;
#define MISSING(x86_number, arm_number, name)
#include <linux/syscalls.def>
#undef SYSCALL
#undef MISSING
    return table;
}();

/// The rest of a call in a machine where some process is traced.
[[gnu::noinline]] void dispatch_traced(arch::register_frame& frame, thunk handler,
                                       proc::syscall_record& record) noexcept {
    const bool traced = proc::current_process().strace;
    reply answer = done;
    if (traced) {
        strace_line line{frame};
        answer = handler(frame);
        line.finish(answer);
    } else {
        answer = handler(frame);
    }
    record.result = answer.value();
    frame.set_syscall_result(static_cast<u64>(answer.value()));
    if (is_restart(answer.value()))
        prepare_restart(frame, record.number);
}

}  // namespace
}  // namespace osprey::abi

namespace osprey::arch {

void dispatch_system_call(register_frame& frame) noexcept {
    using namespace abi;
    const u64 number = frame.syscall_number();
    const thunk handler = number < call_limit ? handlers[number] : missing;
    proc::task& task = proc::current_task();

    // The first three arguments tell most of the story and cost half of all six.
    proc::syscall_record& record = task.history[task.history_next++ % std::size(task.history)];
    record.number = static_cast<u16>(number);
    record.arguments[0] = frame.syscall_argument(0);
    record.arguments[1] = frame.syscall_argument(1);
    record.arguments[2] = frame.syscall_argument(2);

    if (strace_wanted) [[unlikely]]
        return dispatch_traced(frame, handler, record);
    const i64 answer = handler(frame).value();
    record.result = answer;
    frame.set_syscall_result(static_cast<u64>(answer));
    if (is_restart(answer)) [[unlikely]]
        prepare_restart(frame, record.number);
}

}  // namespace osprey::arch
