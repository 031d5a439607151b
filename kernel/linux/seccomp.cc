// SPDX-License-Identifier: BSD-3-Clause
//
// seccomp(2): programs of the classic packet filter that look at a system call instead of a packet.
#include <atomic>
#include <base/log.hh>
#include <cstring>
#include <linux/initialize.hh>
#include <linux/seccomp.hh>
#include <linux/syscalls.hh>
#include <net/socket_filter.hh>
#include <process/call_filter.hh>
#include <process/task.hh>

namespace osprey::abi {
namespace {

// linux/seccomp.h
constexpr u64 mode_strict = 1, mode_filter = 2;
enum action : u32 {
    kill_process = 0x8000'0000,
    kill_thread = 0,
    trap = 0x3'0000,
    give_error = 0x5'0000,
    notify_user = 0x7fc0'0000,
    trace = 0x7ff0'0000,
    log_call = 0x7ffc'0000,
    allow = 0x7fff'0000,
};
constexpr u32 action_bits = 0xffff'0000, data_bits = 0xffff;

constexpr u32 architecture = 0xc000'003e;  // AUDIT_ARCH_X86_64

/// struct seccomp_data in the order in which filters read it: words of 32 bits, and big-endian
/// ones, since that is how the interpreter loads.
constexpr usize data_words = 16;

class program_filter final : public proc::call_filter {
public:
    program_filter(unique_ptr<net::socket_filter> program, refptr<proc::call_filter> before,
                   bool logs) noexcept
        : call_filter{std::move(before)}, program_{std::move(program)}, logs_{logs} {}

    [[nodiscard]] u32 run(const net::filter_input& data) const noexcept {
        return program_->run(data);
    }
    [[nodiscard]] usize instructions() const noexcept { return program_->program().size(); }
    [[nodiscard]] bool logs() const noexcept { return logs_; }

private:
    unique_ptr<net::socket_filter> program_;
    bool logs_;
};

const program_filter* filter_of(const proc::call_filter* f) noexcept {
    return static_cast<const program_filter*>(f);
}

void report_call(std::string_view what, u64 number) noexcept {
    static constinit std::atomic<u32> lines{0};
    constexpr u32 most_lines = 200;  // a filter may log every call
    if (lines.fetch_add(1, std::memory_order_relaxed) >= most_lines)
        return;
    const proc::task& self = proc::current_task();
    log::notice("seccomp: {} ({}): call {} {}", self.name(), self.tid(), number, what);
}

/// Ends the task as SECCOMP_RET_KILL_THREAD does: with the process if no other task is left.
[[noreturn]] void end_task(proc::signal s) noexcept {
    if (proc::current_process().task_count.load() == 1)
        proc::exit_process(proc::exit_status::killed(s));
    proc::exit_task(static_cast<int>(s));
}

bool is_strict_call(u64 number) noexcept {
    constexpr u64 read = 0, write = 1, rt_sigreturn = 15, exit = 60;
    return number == read || number == write || number == rt_sigreturn || number == exit;
}

i64 raise_trap(const arch::register_frame& frame, u32 data) noexcept {
    struct {
        u64 call_address;
        i32 number;
        u32 architecture;
    } details{frame.instruction_pointer(), static_cast<i32>(frame.syscall_number()), architecture};
    proc::signal_info info{};
    info.number = static_cast<i32>(proc::signal::sys);
    info.code = 1;  // SYS_SECCOMP
    info.error = static_cast<i32>(data);
    std::memcpy(info.raw, &details, sizeof details);
    proc::force_signal(proc::current_task(), info);
    // The handler finds the registers as they were at the call.
    return static_cast<i64>(frame.syscall_number());
}

/// Instructions that make sense for a call. The interpreter checks what else they need.
bool suits_calls(const net::filter_instruction& i) noexcept {
    constexpr u16 load_absolute = 0x20, load_length = 0x80, load_x_length = 0x81;
    constexpr u16 others[] = {0x00, 0x01, 0x60, 0x61, 0x02, 0x03, 0x06, 0x16, 0x07,
                              0x87,  // ld, ldx, st, stx, ret, tax, txa
                              0x04, 0x0c, 0x14, 0x1c, 0x24, 0x2c, 0x34, 0x3c, 0x44, 0x4c, 0x54,
                              0x5c,                                      // + - * / | &
                              0x64, 0x6c, 0x74, 0x7c, 0x84, 0xa4, 0xac,  // << >> neg
                                                                         // ^
                              0x05, 0x15, 0x1d, 0x25, 0x2d, 0x35, 0x3d, 0x45,
                              0x4d,  // jumps
                              load_length, load_x_length};
    if (i.code == load_absolute)
        return i.constant < data_words * 4 && i.constant % 4 == 0;
    for (const u16 code : others)
        if (i.code == code)
            return true;
    return false;
}

/// Copies a struct sock_fprog and its instructions, and checks them.
result<unique_ptr<net::socket_filter>> load_program(address where) noexcept {
    struct filter_program {
        u16 count;
        u64 instructions;
    };
    const auto given = TRY(where.as<const filter_program>().load());
    if (given.count == 0 || given.count > net::socket_filter::most_instructions)
        return errc::invalid_argument;
    constexpr unsigned cap_sys_admin = 21;
    const proc::process& p = proc::current_process();
    if (!p.settings.no_new_privileges && !(p.identity.effective >> cap_sys_admin & 1))
        return errc::access_denied;
    vector<net::filter_instruction> instructions;
    TRY_VOID(instructions.resize(given.count));
    TRY_VOID(memory::copy_from_user(instructions.data(), given.instructions,
                                    given.count * sizeof(net::filter_instruction)));
    for (const net::filter_instruction& i : instructions.span())
        if (!suits_calls(i))
            return errc::invalid_argument;
    return net::socket_filter::create(instructions.span());
}

/// The mutex of the process is held.
result<void> check_size(const proc::task& self, usize fresh) noexcept {
    constexpr usize most = 32768, penalty = 4;  // MAX_INSNS_PER_PATH
    for (const proc::call_filter* f = self.filter; f; f = f->before())
        fresh += filter_of(f)->instructions() + penalty;
    if (fresh > most)
        return errc::out_of_memory;
    return ok;
}

bool is_ancestor(const proc::call_filter* wanted, const proc::call_filter* of) noexcept {
    while (of && of != wanted)
        of = of->before();
    return of == wanted;
}

/// `t` gets another filter; what it had is part of that. The mutex of the process is held.
void put(proc::task& t, proc::call_filter* fresh) noexcept {
    fresh->add_ref();
    if (proc::call_filter* old = t.filter.exchange(fresh, std::memory_order_acq_rel))
        old->drop_ref();
}

/// SECCOMP_FILTER_FLAG_TSYNC, first half. @return the number of a task with filters of its own.
i32 first_that_differs(proc::process& p, const proc::task& self) noexcept {
    struct search {
        const proc::task& self;
        i32 found;
    } s{self, 0};
    p.for_each_task(
        [](proc::task& t, void* context) {
            auto& wish = *static_cast<search*>(context);
            if (t.strictly_confined || !is_ancestor(t.filter, wish.self.filter))
                wish.found = t.tid();
            return wish.found == 0;
        },
        &s);
    return s.found;
}

reply add_filter(flags<seccomp_flags> how, address program) noexcept {
    using f = seccomp_flags;
    TRY_VOID(how.only());
    const bool everybody = how.has(f::seccomp_filter_flag_tsync);
    if (how.has(f::seccomp_filter_flag_wait_killable_recv) &&
        !how.has(f::seccomp_filter_flag_new_listener))
        return errc::invalid_argument;
    if (how.has(f::seccomp_filter_flag_new_listener)) {
        report_unsupported(0, "a filter that asks another program", errc::invalid_argument);
        return errc::invalid_argument;
    }
    auto checked = TRY(load_program(program));
    proc::process& p = proc::current_process();
    proc::task& self = proc::current_task();
    // Of one process, one at a time: `for_each_task` takes the mutex of the process itself.
    static constinit sync::mutex one_change;
    sync::lock_guard guard{one_change};
    if (self.strictly_confined)
        return errc::invalid_argument;
    TRY_VOID(check_size(self, checked->program().size()));
    if (everybody)
        if (const i32 other = first_that_differs(p, self))
            return how.has(f::seccomp_filter_flag_tsync_esrch) ? reply{errc::no_process}
                                                               : reply{i64{other}};
    auto* fresh = new (std::nothrow)
        program_filter{std::move(checked), refptr<proc::call_filter>{self.filter.load()},
                       how.has(f::seccomp_filter_flag_log)};
    if (!fresh)
        return errc::out_of_memory;
    const auto owner = refptr<program_filter>::adopt(fresh);
    filter_calls();
    put(self, fresh);
    if (everybody)
        p.for_each_task(
            [](proc::task& t, void* context) {
                auto* same = static_cast<proc::call_filter*>(context);
                if (t.filter != same)
                    put(t, same);
                return true;
            },
            static_cast<proc::call_filter*>(fresh));
    return done;
}

reply confine_strictly() noexcept {
    proc::task& self = proc::current_task();
    if (self.filter)
        return errc::invalid_argument;
    filter_calls();
    self.strictly_confined = true;
    return done;
}

}  // namespace

bool may_call(const arch::register_frame& frame, i64& answer) noexcept {
    const proc::task& self = proc::current_task();
    const u64 number = frame.syscall_number();
    if (self.strictly_confined.load(std::memory_order_relaxed)) {
        if (is_strict_call(number))
            return true;
        report_call("ended it (strict mode)", number);
        end_task(proc::signal::kill);
    }
    u64 values[data_words / 2] = {number | u64{architecture} << 32, frame.instruction_pointer()};
    for (unsigned i = 0; i < 6; ++i)
        values[2 + i] = frame.syscall_argument(i);
    u32 data[data_words];
    for (usize i = 0; i < data_words; ++i)
        data[i] = __builtin_bswap32(static_cast<u32>(values[i / 2] >> 32 * (i % 2)));
    const net::filter_input input{.linear = {reinterpret_cast<const u8*>(data), sizeof data},
                                  .bytes = sizeof data};
    u32 verdict = allow;
    bool logs = false;
    for (const auto* f = filter_of(self.filter.load(std::memory_order_acquire)); f;
         f = filter_of(f->before())) {
        const u32 said = f->run(input);
        if (static_cast<i32>(said & action_bits) < static_cast<i32>(verdict & action_bits)) {
            verdict = said;
            logs = f->logs();
        }
    }
    const u32 details = verdict & data_bits;
    constexpr u32 largest_errno = 4095;
    switch (verdict & action_bits) {
        case allow:
            return true;
        case log_call:
            report_call("is logged", number);
            return true;
        case give_error:
            if (logs)
                report_call("gets an error", number);
            answer = -static_cast<i64>(details < largest_errno ? details : largest_errno);
            return false;
        case trap:
            if (logs)
                report_call("gets a signal", number);
            answer = raise_trap(frame, details);
            return false;
        case trace:
        case notify_user:  // nobody is there to ask
            answer = -static_cast<i64>(errc::not_implemented);
            return false;
        case kill_thread:
            report_call("ended the thread", number);
            end_task(proc::signal::sys);
        default:
            report_call("ended the process", number);
            proc::exit_process(proc::exit_status::killed(proc::signal::sys));
    }
}

reply set_seccomp_mode(u64 mode, u64 program) noexcept {
    if (mode == mode_strict)
        return confine_strictly();
    return mode == mode_filter ? add_filter({0}, {program}) : reply{errc::invalid_argument};
}

reply calls::seccomp(choice<seccomp_operations> operation, flags<seccomp_flags> how,
                     address argument) noexcept {
    using o = seccomp_operations;
    switch (operation.value()) {
        case o::seccomp_set_mode_strict:
            return how.bits || argument ? reply{errc::invalid_argument} : confine_strictly();
        case o::seccomp_set_mode_filter:
            return add_filter(how, argument);
        case o::seccomp_get_action_avail: {
            if (how.bits)
                return errc::invalid_argument;
            const u32 wanted = TRY(argument.as<const u32>().load());
            for (const u32 known :
                 {kill_process, kill_thread, trap, give_error, trace, log_call, allow})
                if (wanted == known)
                    return done;
            if (wanted == notify_user)
                report_unsupported(1, "a filter that asks another program", errc::not_supported);
            return errc::not_supported;
        }
        default:
            return operation.unknown();
    }
}

}  // namespace osprey::abi
