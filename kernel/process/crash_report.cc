// SPDX-License-Identifier: BSD-3-Clause
#include <arch/signal_frame.hh>
#include <base/log.hh>
#include <memory/user_pointer.hh>
#include <process/crash_report.hh>
#include <process/elf_symbols.hh>
#include <process/signal_rules.hh>

namespace osprey::proc {

std::string_view (*syscall_name)(u64 number) noexcept = nullptr;

namespace {

constexpr unsigned most_callers = 24;

/// What is mapped at an address.
struct place {
    virtual_address wanted;
    bool found = false;
    u64 file_offset = 0;
    refptr<memory::vm_object> object;
    memory::protection access = memory::protection::none;
    fixed_text<128> file;
};

void find_place(memory::address_space& space, place& p) noexcept {
    space.for_each_region(
        [](const memory::region_view& region, void* context) {
            auto& p = *static_cast<place*>(context);
            if (p.wanted < region.start || p.wanted >= region.end)
                return region.start <= p.wanted;
            p.found = true;
            p.file_offset = region.offset + (p.wanted - region.start);
            p.object = refptr<memory::vm_object>{region.object};
            p.access = region.access;
            p.file.append(region.name.substr(region.name.rfind('/') + 1));
            return false;
        },
        &p);
}

class object_source final : public elf_source {
public:
    explicit object_source(memory::vm_object& object) noexcept : object_{object} {}
    bool read(u64 offset, void* to, usize bytes) noexcept override {
        auto got = object_.read(offset, to, bytes);
        return got && *got == bytes;
    }

private:
    memory::vm_object& object_;
};

/// One line of a backtrace. @return whether the address is code.
bool log_caller(memory::address_space& space, unsigned number, virtual_address address,
                bool is_return_address) noexcept {
    // The instruction before the return address is the call.
    const virtual_address looked_up = address - is_return_address;
    place p{.wanted = looked_up};
    find_place(space, p);
    if (!p.found || !arch::allows(p.access, memory::protection::execute))
        return false;
    elf_symbol symbol;
    if (p.object) {
        object_source source{*p.object};
        symbol = find_elf_symbol(source, p.file_offset);
    }
    if (symbol.name[0])
        log::error("  #{} {:#x} {}+{:#x} ({}+{:#x})", number, address, symbol.name,
                   symbol.offset + is_return_address, p.file.view(), p.file_offset);
    else
        log::error("  #{} {:#x} {}+{:#x}", number, address,
                   p.file.view().empty() ? "(anonymous)" : p.file.view(), p.file_offset);
    return true;
}

/// Follows frame pointers; most Debian programs have none, so what looks like return addresses on
/// the stack comes after them.
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
    if (number > 2)
        return;
    log::error("  on the stack (guessed):");
    constexpr u64 words_searched = 512;
    unsigned shown = 0;
    for (u64 i = 0; i < words_searched && shown < most_callers; ++i) {
        auto word = memory::user_ptr<u64>{frame.stack_pointer() + 8 * i}.load();
        if (!word)
            break;
        if (*word >= page_size && *word < arch::application_limit &&
            log_caller(space, number + shown, *word, true))
            ++shown;
    }
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

void log_system_calls(const task& t) noexcept {
    constexpr u32 kept = sizeof t.history / sizeof t.history[0];
    log::error("last system calls of this thread, oldest first:");
    for (u32 i = 1; i <= kept; ++i) {
        const syscall_record& r = t.history[(t.history_at / 16 + i) % kept];
        if (r.number == syscall_record::none)
            continue;
        fixed_text<32> name;
        if (syscall_name)
            name.append(syscall_name(r.number));
        else
            format_to(name, "call {}", r.number);
        log::error("  {}({:#x}, {:#x}, {:#x}) = {}", name.view(), r.arguments[0], r.arguments[1],
                   r.arguments[2], r.result);
    }
}

std::string_view explain(const signal_info& info) noexcept {
    const auto s = static_cast<signal>(info.number);
    if (info.code <= 0)
        return "sent by a program";
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

std::string_view advice(const signal_info& info) noexcept {
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

}  // namespace

void report_crash(task& t, const arch::register_frame& frame, const signal_info& info) noexcept {
    process& p = t.owner();
    const bool fault = info.code > 0 && info.code != 0x80;
    std::string_view program = p.command_line.view();
    program = program.substr(0, program.find('\0'));
    log::error("{} (pid {}, thread {} \"{}\") dies of {}", program, p.pid(), t.tid(), t.name(),
               name_of(static_cast<signal>(info.number)));
    if (fault)
        log::error("  at address {:#x}: {}", info.fault.address, explain(info));
    else
        log::error("  {}", explain(info));
    log_registers(frame);
    log_backtrace(*p.space, frame);
    log_system_calls(t);
    log::error("what to try: {}", advice(info));
}

}  // namespace osprey::proc
