// SPDX-License-Identifier: BSD-3-Clause
#include <arch/backtrace.hh>
#include <arch/cpu.hh>
#include <arch/signal_frame.hh>
#include <base/log.hh>
#include <boot/crash.hh>
#include <memory/user_pointer.hh>
#include <process/crash_report.hh>
#include <process/program_symbol.hh>
#include <process/signal_rules.hh>

namespace osprey::proc {

std::string_view (*syscall_name)(u64 number) noexcept = nullptr;

namespace {

constexpr unsigned most_callers = 24;

/// One line of a backtrace. @return whether the address is code.
bool log_caller(memory::address_space& space, unsigned number, virtual_address address,
                bool is_return_address) noexcept {
    // The instruction before the return address is the call.
    const virtual_address looked_up = address - is_return_address;
    program_place p{.wanted = looked_up};
    find_place(space, p);
    if (!p.found || !arch::allows(p.access, memory::protection::execute))
        return false;
    const elf_symbol symbol = find_symbol_at(p);
    if (symbol.name[0])
        log::error("  #{} {:#x} {}+{:#x} ({}+{:#x})", number, address, symbol.name,
                   symbol.offset + is_return_address, p.file.view(), p.file_offset);
    else
        log::error("  #{} {:#x} {}+{:#x}", number, address,
                   p.file.view().empty() ? "(anonymous)" : p.file.view(), p.file_offset);
    return true;
}

/// What is a return address follows a call; other pointers to code on a stack do not.
bool is_return_address(u64 address) noexcept {
    u8 before[arch::longest_call];
    return address >= page_size && address < arch::application_limit &&
           memory::copy_from_user(before, address - sizeof before, sizeof before) &&
           arch::ends_with_call(before);
}

/// Most Debian programs have no frame pointers, so what looks like return addresses on the stack
/// comes after those that were found by them.
void log_guessed_callers(memory::address_space& space, u64 stack, unsigned number) noexcept {
    constexpr u64 bytes_searched = 4096;
    log::error("  on the stack (guessed):");
    unsigned shown = 0;
    for (u64 at = stack & ~u64{7}; at < stack + bytes_searched && shown < most_callers; at += 8) {
        auto word = memory::user_ptr<u64>{at}.load();
        if (!word) {
            at = (at | (page_size - 1)) - 7;  // an overflown stack begins on the next page
            continue;
        }
        if (is_return_address(*word) && log_caller(space, number + shown, *word, true))
            ++shown;
    }
}

void log_backtrace(memory::address_space& space, const arch::register_frame& frame) noexcept {
    log::error("backtrace:");
    unsigned number = 0;
    if (!log_caller(space, number++, frame.instruction_pointer(), false))
        log::error("  #0 {:#x} is no code", frame.instruction_pointer());
    struct link {
        u64 next, return_address;
    };
    u64 at = arch::frame_pointer(frame), before = frame.stack_pointer();
    while (number < most_callers && at >= before && at % 8 == 0) {
        auto l = memory::user_ptr<link>{at}.load();
        if (!l || !log_caller(space, number, l->return_address, true))
            break;
        ++number;
        before = at + 1;
        at = l->next;
    }
    if (number <= 2)
        log_guessed_callers(space, frame.stack_pointer(), number);
}

void log_code(u64 address) noexcept {
    fixed_text<80> line;
    u8 byte = 0;
    for (u64 i = 0; i < 16 && memory::copy_from_user(&byte, address + i, 1); ++i)
        format_to(line, " {:02x}", byte);
    if (!line.view().empty())
        log::error("  code there:{}", line.view());
}

void log_registers(const arch::register_frame& frame) noexcept {
    const char* name;
    u64 value;
    fixed_text<200> line;
    for (unsigned i = 0; arch::register_at(frame, i, name, value); ++i) {
        format_to(line, "  {} {:#018x}", std::string_view{name}, value);
        if (i % 4 == 3) {
            log::error("{}", line.view());
            line.clear();
        }
    }
    if (!line.view().empty())
        log::error("{}", line.view());
}

/// Calls `line` with a text for each of the last system calls, oldest first; the newest has no
/// result yet when the kernel died in it.
template <typename Line>
void tell_system_calls(const task& t, bool newest_has_ended, const Line& line) noexcept {
    constexpr u32 kept = sizeof t.history / sizeof t.history[0];
    for (u32 i = 1; i <= kept; ++i) {
        const syscall_record& r = t.history[(t.history_at / 16 + i) % kept];
        if (r.number == syscall_record::none)
            continue;
        fixed_text<200> text;
        if (syscall_name)
            text.append(syscall_name(r.number));
        else
            format_to(text, "call {}", r.number);
        format_to(text, "({:#x}, {:#x}, {:#x})", r.arguments[0], r.arguments[1], r.arguments[2]);
        if (i < kept || newest_has_ended)
            format_to(text, " = {}", r.result);
        line(text.view());
    }
}

/// A write a little below the stack pointer, or a call whose return address found no room.
bool is_stack_overflow(const signal_info& info, const arch::register_frame& frame) noexcept {
    constexpr u64 near = 64 * 1024;
    return static_cast<signal>(info.number) == signal::segv && (info.code == 1 || info.code == 2) &&
           info.fault.address + near - frame.stack_pointer() < near + page_size;
}

std::string_view explain(const signal_info& info, bool stack_is_full) noexcept {
    const auto s = static_cast<signal>(info.number);
    if (info.code <= 0)
        return "sent by a program";
    if (stack_is_full)
        return "the stack is full";
    if (s == signal::segv)
        return info.code == 1   ? "nothing is mapped there"
               : info.code == 2 ? "the memory there does not allow it"
                                : "an instruction that is not allowed, or a bad address";
    if (s == signal::bus)
        return info.code == 2 ? "beyond the end of a mapped file" : "bus error";
    if (s == signal::fpe)
        return info.code == 1 ? "division by zero" : "floating-point exception";
    if (s == signal::ill)
        return "an instruction that this CPU does not have";
    return "";
}

std::string_view first_word(const process& p) noexcept {
    const std::string_view all = p.command_line.view();
    return all.substr(0, all.find('\0'));
}

std::string_view advice(const signal_info& info, bool stack_is_full) noexcept {
    if (stack_is_full)
        return "look for endless recursion and large local variables; a thread's stack is as large "
               "as its creator made it";
    switch (static_cast<signal>(info.number)) {
        case signal::segv:
        case signal::bus:
            return "run it on Linux to see whether it fails there, too; --strace shows its calls";
        case signal::ill:
            return "give the machine the CPU that the program was built for (-cpu max)";
        case signal::abort:
            return "the program ended itself; its own message is on stderr, missing system calls "
                   "are named above in this log";
        case signal::sys:
            return "a system call that it needs is missing; see the log above";
        default:
            return "--strace shows its system calls";
    }
}

/// For the report of a kernel panic: nothing here may sleep, fault or allocate.
void tell_running_program(text_sink& out) noexcept {
    const sched::thread* running = arch::current_thread();
    if (!running || !running->is_application()) {
        format_to(out, "running: {} \"{}\"\n", running ? "kernel thread" : "no thread yet",
                  running ? running->name() : "");
        return;
    }
    const task& t = static_cast<const task&>(*running);
    format_to(out, "running: {} (pid {}, thread {} \"{}\"), its last system calls, oldest first:\n",
              first_word(t.owner()), t.owner().pid(), t.tid(), t.name());
    tell_system_calls(t, false, [&out](std::string_view text) { format_to(out, "  {}\n", text); });
}

}  // namespace

void watch_for_crashes() noexcept {
    boot::add_crash_reporter(tell_running_program);
}

void report_crash(task& t, const arch::register_frame& frame, const signal_info& info) noexcept {
    process& p = t.owner();
    const bool fault = info.code > 0 && info.code != 0x80;
    const bool stack_is_full = fault && is_stack_overflow(info, frame);
    log::error("{} (pid {}, thread {} \"{}\") dies of {}", first_word(p), p.pid(), t.tid(),
               t.name(), name_of(static_cast<signal>(info.number)));
    if (fault)
        log::error("  at address {:#x}: {}", info.fault.address, explain(info, stack_is_full));
    else
        log::error("  {}", explain(info, stack_is_full));
    log_registers(frame);
    if (fault)
        log_code(frame.instruction_pointer());
    log_backtrace(*p.space, frame);
    log::error("last system calls of this thread, oldest first:");
    tell_system_calls(t, true, [](std::string_view text) { log::error("  {}", text); });
    log::error("what to try: {}", advice(info, stack_is_full));
}

}  // namespace osprey::proc
