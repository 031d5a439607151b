// SPDX-License-Identifier: BSD-3-Clause
#include <arch/linux_abi.hh>
#include <base/log_ring.hh>
#include <linux/abi/structures.hh>
#include <linux/initialize.hh>
#include <linux/restart.hh>
#include <linux/strace.hh>
#include <linux/strace_sockets.hh>
#include <memory/user_pointer.hh>
#include <process/task.hh>
#include <sched/clock.hh>
#include <sched/scheduler.hh>

namespace osprey::abi {

void trace_calls_of(proc::process& p) noexcept {
    p.strace = true;
    fill_call_table(true);
}

namespace {

constexpr usize shown_bytes = 32;  // of buffers and strings, as strace(1) does by default
constexpr usize shown_path = 160;

constexpr std::string_view signal_names[] = {
    "0",         "SIGHUP",  "SIGINT",    "SIGQUIT", "SIGILL",   "SIGTRAP", "SIGABRT", "SIGBUS",
    "SIGFPE",    "SIGKILL", "SIGUSR1",   "SIGSEGV", "SIGUSR2",  "SIGPIPE", "SIGALRM", "SIGTERM",
    "SIGSTKFLT", "SIGCHLD", "SIGCONT",   "SIGSTOP", "SIGTSTP",  "SIGTTIN", "SIGTTOU", "SIGURG",
    "SIGXCPU",   "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO",   "SIGPWR",  "SIGSYS"};

void append_signal(text_sink& to, i32 number) noexcept {
    if (number >= 0 && static_cast<usize>(number) < std::size(signal_names))
        to.append(signal_names[number]);
    else
        format_to(to, "SIGRT_{}", number - 32);
}

void append_quoted(text_sink& to, const char* data, usize size) noexcept {
    to.append("\"");
    for (usize i = 0; i < size; ++i) {
        const char c = data[i];
        if (c == '\n')
            to.append("\\n");
        else if (c == '\t')
            to.append("\\t");
        else if (c == '"' || c == '\\')
            format_to(to, "\\{}", c);
        else if (c >= ' ' && c < 0x7f)
            to.append({&c, 1});
        else
            format_to(to, "\\{:o}", static_cast<u32>(static_cast<u8>(c)));
    }
    to.append("\"");
}

void append_text(text_sink& to, virtual_address where) noexcept {
    if (where == 0) {
        to.append("NULL");
        return;
    }
    char room[shown_path + 1];
    i64 length = where < arch::application_limit
                     ? arch::user_string_length(reinterpret_cast<const char*>(where), shown_path)
                     : -1;
    if (length < 0 || !memory::copy_from_user(room, where, static_cast<usize>(length))) {
        format_to(to, "{:#x}", where);
        return;
    }
    append_quoted(to, room, static_cast<usize>(length));
    if (static_cast<usize>(length) == shown_path)
        to.append("...");
}

void append_bytes(text_sink& to, virtual_address where, u64 size) noexcept {
    char room[shown_bytes] = {};
    const usize shown = size < shown_bytes ? size : shown_bytes;
    if (where == 0) {
        to.append("NULL");
    } else if (!memory::copy_from_user(room, where, shown)) {
        format_to(to, "{:#x}", where);
    } else {
        append_quoted(to, room, shown);
        if (shown < size)
            to.append("...");
    }
}

void append_vector(text_sink& to, virtual_address where, u64 count, bool readable) noexcept {
    to.append("[");
    for (u64 i = 0; i < count && i < 4; ++i) {
        auto element = memory::user_ptr<abi_iovec>{where}.at(i).load();
        if (!element) {
            format_to(to, "{:#x}", where);
            break;
        }
        to.append(i ? ", {" : "{");
        if (readable)
            append_bytes(to, element->base, element->length);
        else
            format_to(to, "{:#x}", element->base);
        format_to(to, ", {}}}", element->length);
    }
    to.append(count > 4 ? ", ...]" : "]");
}

void append_bits(text_sink& to, u64 bits, std::span<const value_name> names) noexcept {
    bool first = true;
    if (bits == 0) {
        // A name for "none of them", as PROT_NONE is not in the table, is not worth the room.
        to.append("0");
        return;
    }
    for (const value_name& n : names) {
        if (n.value == 0 || (bits & n.value) != n.value)
            continue;
        if (!first)
            to.append("|");
        to.append(n.name);
        bits &= ~n.value;
        first = false;
    }
    if (bits)
        format_to(to, "{}{:#x}", first ? std::string_view{} : std::string_view{"|"}, bits);
}

void append_value(text_sink& to, u64 value, std::span<const value_name> names) noexcept {
    for (const value_name& n : names)
        if (n.value == value) {
            to.append(n.name);
            return;
        }
    format_to(to, "{:#x}", value);
}

/// Small structures as a list of their 64-bit words, an int as itself; the others by address.
void append_structure(text_sink& to, virtual_address where, usize size) noexcept {
    u64 words[4] = {};
    if (where == 0) {
        to.append("NULL");
        return;
    }
    if (size > sizeof words || !memory::copy_from_user(words, where, size)) {
        format_to(to, "{:#x}", where);
        return;
    }
    if (size == 4) {
        format_to(to, "[{}]", static_cast<i32>(words[0]));
        return;
    }
    to.append("{");
    for (usize i = 0; i < size / 8; ++i) {
        if (i)
            to.append(", ");
        if (words[i] < 1'000'000'000'000)
            format_to(to, "{}", words[i]);
        else
            format_to(to, "{:#x}", words[i]);
    }
    to.append("}");
}

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
    : call_{describe(frame.syscall_number())}, number_{frame.syscall_number()} {
    for (unsigned i = 0; i < 6; ++i)
        values_[i] = frame.syscall_argument(i);
    if (call_ && never_returns(call_->name)) {
        decode(false, 0);
        write_line(text_.view());
        written_ = true;
    }
}

void strace_line::decode(bool returned, i64 answer) noexcept {
    format_to(text_, "[{}] ", proc::current_task().tid());
    if (!call_) {
        format_to(text_, "syscall_{:#x}({:#x}, {:#x}, {:#x})", number_, values_[0], values_[1],
                  values_[2]);
    } else {
        text_.append(call_->name);
        text_.append("(");
        for (usize i = 0; i < call_->arguments.size(); ++i) {
            if (i)
                text_.append(", ");
            append_argument(call_->arguments[i], i, returned, answer);
        }
        text_.append(")");
    }
    if (!returned)
        return;
    if (is_restart(answer))
        text_.append(" = ? (interrupted)");
    else if (reply{answer}.failed())
        format_to(text_, " = -1 {}", name_of(static_cast<errc>(-answer)));
    else if (call_ && call_->result == result_kind::address)
        format_to(text_, " = {:#x}", static_cast<u64>(answer));
    else
        format_to(text_, " = {}", answer);
}

void strace_line::append_argument(const argument& a, usize position, bool returned,
                                  i64 answer) noexcept {
    const u64 raw = values_[position];
    const u64 value = a.narrow ? static_cast<u32>(raw) : raw;
    const bool failed = returned && reply{answer}.failed();
    const bool filled = a.direction == use::in || (returned && !failed);
    switch (a.kind) {
        case argument_kind::signed_number:
            format_to(text_, "{}", a.narrow ? i64{static_cast<i32>(raw)} : static_cast<i64>(raw));
            break;
        case argument_kind::unsigned_number:
            format_to(text_, "{}", value);
            break;
        case argument_kind::octal:
            format_to(text_, "0{:o}", value);
            break;
        case argument_kind::hexadecimal:
            if (value)
                format_to(text_, "{:#x}", value);
            else
                text_.append("NULL");
            break;
        case argument_kind::directory:
            if (static_cast<i32>(raw) == at_cwd.value) {
                text_.append("AT_FDCWD");
                break;
            }
            [[fallthrough]];
        case argument_kind::descriptor:
        case argument_kind::process:
            format_to(text_, "{}", static_cast<i32>(raw));
            break;
        case argument_kind::signal:
            append_signal(text_, static_cast<i32>(raw));
            break;
        case argument_kind::text:
            append_text(text_, raw);
            break;
        case argument_kind::structure:
            if (filled)
                append_structure(text_, raw, a.size);
            else
                format_to(text_, "{:#x}", raw);
            break;
        case argument_kind::bytes:
            if (!filled)
                format_to(text_, "{:#x}", raw);
            else
                append_bytes(
                    text_, raw,
                    a.direction == use::out ? static_cast<u64>(answer) : values_[a.length]);
            break;
        case argument_kind::vector:
            append_vector(text_, raw, values_[a.length], filled);
            break;
        case argument_kind::socket_name: {
            u64 length = values_[a.length];
            if (a.direction == use::out)
                length = memory::user_ptr<const u32>{length}.load().value_or(0);
            if (filled)
                append_socket_name(text_, raw, static_cast<u32>(length));
            else
                format_to(text_, "{:#x}", raw);
            break;
        }
        case argument_kind::message:
            if (filled)
                append_message_header(text_, raw);
            else
                format_to(text_, "{:#x}", raw);
            break;
        case argument_kind::bits:
            append_bits(text_, raw, a.names);
            break;
        case argument_kind::value:
            append_value(text_, value, a.names);
            break;
    }
}

void strace_line::finish(reply answer) noexcept {
    const bool failed_exec = written_ && answer.failed() && number_ != arch::sigreturn_number;
    if (written_ && !failed_exec)
        return;
    if (!failed_exec) {
        decode(true, answer.value());
    } else {
        text_.clear();
        format_to(text_, "[{}] {} = -1 {}", proc::current_task().tid(), call_->name,
                  name_of(static_cast<errc>(-answer.value())));
    }
    write_line(text_.view());
}

}  // namespace osprey::abi
