// SPDX-License-Identifier: BSD-3-Clause
//
// The table by which the entry code of the architecture calls the handlers of system calls. Nothing
// stands between: the application's argument registers are those of a C++ function, all but one.
// A traced machine has tracing handlers in its table, so that others pay nothing for it.
#include <arch/context.hh>
#include <arch/interrupts.hh>
#include <array>
#include <atomic>
#include <cstddef>
#include <linux/call_events.hh>
#include <linux/description.hh>
#include <linux/initialize.hh>
#include <linux/report.hh>
#include <linux/restart.hh>
#include <linux/seccomp.hh>
#include <linux/strace.hh>
#include <linux/syscalls.hh>
#include <process/task.hh>

namespace osprey::abi {
namespace {

using handler = i64 (*)(u64, u64, u64, u64, u64, u64) noexcept;

/// May an application's register be passed on as a `T`? A function finds a small trivial value in
/// the register itself, and ignores the upper half for one of four bytes (System V ABI, 3.2.3).
template <typename T>
constexpr bool fits_register =
    (sizeof(T) == 4 || sizeof(T) == 8) && std::is_trivially_copyable_v<T> &&
    !std::is_floating_point_v<T>;
static_assert(sizeof(reply) == 8 && std::is_trivially_copyable_v<reply>);

template <typename... Args>
handler handler_from(reply (*function)(Args...) noexcept) noexcept {
    static_assert(sizeof...(Args) <= 6 && (fits_register<Args> && ...));
    return reinterpret_cast<handler>(reinterpret_cast<void*>(function));
}

}  // namespace

extern "C" {

i64 system_call_missing() noexcept {
    report_missing_call(arch::application_frame().syscall_number());
    return reply{errc::not_implemented}.value();
}

[[gnu::used]] constinit handler system_call_handlers[call_limit] = {};

}  // extern "C"

namespace {

handler original(u64 number) noexcept {
    switch (number) {
#define SYSCALL(x86_number, arm_number, name, kind, ...) \
    case x86_number:                                     \
        return handler_from(&calls::name);
#define REFUSED(x86_number, arm_number, name, error, reason) \
    case x86_number:                                         \
        return [](u64, u64, u64, u64, u64, u64) noexcept {   \
            report_missing_call(x86_number);                 \
            return reply{errc::error}.value();               \
        };
#define MISSING(x86_number, arm_number, name)
#include <linux/syscalls.def>
#undef SYSCALL
#undef REFUSED
#undef MISSING
        default:
            return [](u64, u64, u64, u64, u64, u64) noexcept {
                return system_call_missing();
            };
    }
}

/// Calls that never come back tell of themselves before.
bool ends_here(u64 number) noexcept {
    const call* c = describe(number);
    return c && (c->name == "exit" || c->name == "exit_group");
}

i64 traced(u64 a, u64 b, u64 c, u64 d, u64 e, u64 f) noexcept {
    const arch::register_frame& frame = arch::application_frame();
    const u64 number = frame.syscall_number();
    const handler function = original(number);
    call_event event{frame};
    if (ends_here(number))
        event.fire(0);
    if (!proc::current_process().strace) {
        const i64 answer = function(a, b, c, d, e, f);
        event.fire(answer);
        return answer;
    }
    strace_line line{frame};
    const i64 answer = function(a, b, c, d, e, f);
    line.finish(reply{answer});
    event.fire(answer);
    return answer;
}

/// Some process shows its system calls (--strace); somebody has a filter, and then one stays.
constinit std::atomic<bool> strace_on{false}, filtering{false};

handler unfiltered(u64 number) noexcept {
    return strace_on.load() || call_event_on(number) ? traced : original(number);
}

/// For machines in which somebody has a filter (seccomp(2)).
i64 filtered(u64 a, u64 b, u64 c, u64 d, u64 e, u64 f) noexcept {
    const arch::register_frame& frame = arch::application_frame();
    const proc::task& self = proc::current_task();
    i64 answer;
    if ((self.filter.load(std::memory_order_relaxed) ||
         self.strictly_confined.load(std::memory_order_relaxed)) &&
        !may_call(frame, answer))
        return answer;
    return unfiltered(frame.syscall_number())(a, b, c, d, e, f);
}

handler wanted_handler(u64 number) noexcept {
    return filtering.load() ? filtered : unfiltered(number);
}

}  // namespace

void refresh_call_table() noexcept {
    for (u64 i = 0; i < call_limit; ++i)
        while (__atomic_load_n(&system_call_handlers[i], __ATOMIC_SEQ_CST) != wanted_handler(i))
            __atomic_store_n(&system_call_handlers[i], wanted_handler(i), __ATOMIC_SEQ_CST);
}

void fill_call_table(bool tracing) noexcept {
    strace_on.store(tracing);
    refresh_call_table();
}

void filter_calls() noexcept {
    if (!filtering.exchange(true))
        refresh_call_table();
}

#define DEFINE_OFFSET(symbol, type, member) \
    asm volatile(".globl " #symbol "\n\t.set " #symbol ", %c0" ::"i"(offsetof(type, member)))

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Winvalid-offsetof"
/// Never called: its text tells entry.S where things are.
[[gnu::used]] void define_call_offsets() noexcept {
    using proc::task;
    DEFINE_OFFSET(task_history_at, task, history_at);
    DEFINE_OFFSET(task_history_number, task, history[0].number);
    DEFINE_OFFSET(task_history_arguments, task, history[0].arguments);
    DEFINE_OFFSET(task_history_result, task, history[0].result);
    asm volatile(".globl system_call_limit\n\t.set system_call_limit, %c0" ::"i"(call_limit));
}
#pragma GCC diagnostic pop
static_assert(sizeof(proc::syscall_record) == 64 && sizeof(proc::task::history) == 16 * 64);

}  // namespace osprey::abi

namespace osprey::arch {

void handle_system_call_answer(register_frame& frame) noexcept {
    if (abi::is_restart(static_cast<i64>(frame.syscall_result())))
        abi::prepare_restart(frame, proc::current_task().last_call().number);
}

}  // namespace osprey::arch
