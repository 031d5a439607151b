// SPDX-License-Identifier: BSD-3-Clause
#include <linux/restart.hh>
#include <linux/strace_call.hh>
#include <linux/strace_sockets.hh>
#include <linux/strace_values.hh>
#include <memory/user_pointer.hh>

namespace osprey::abi {
namespace {

void append_argument(text_sink& to, const traced_call& c, usize position,
                     const reply* answer) noexcept {
    const argument& a = c.description->arguments[position];
    const u64 raw = c.arguments[position];
    const u64 value = a.narrow ? static_cast<u32>(raw) : raw;
    const bool succeeded = answer && !answer->failed();
    const bool filled = a.direction == use::in || succeeded;
    switch (a.kind) {
        case argument_kind::signed_number:
            format_to(to, "{}", a.narrow ? i64{static_cast<i32>(raw)} : static_cast<i64>(raw));
            break;
        case argument_kind::unsigned_number:
            format_to(to, "{}", value);
            break;
        case argument_kind::octal:
            format_to(to, "0{:o}", value);
            break;
        case argument_kind::hexadecimal:
            if (value)
                format_to(to, "{:#x}", value);
            else
                to.append("NULL");
            break;
        case argument_kind::directory:
            if (static_cast<i32>(raw) == at_cwd.value) {
                to.append("AT_FDCWD");
                break;
            }
            [[fallthrough]];
        case argument_kind::descriptor:
        case argument_kind::process:
            format_to(to, "{}", static_cast<i32>(raw));
            break;
        case argument_kind::signal:
            append_signal(to, static_cast<i32>(raw));
            break;
        case argument_kind::text:
            append_text(to, raw);
            break;
        case argument_kind::structure:
            if (filled)
                append_structure(to, raw, a.size);
            else
                format_to(to, "{:#x}", raw);
            break;
        case argument_kind::bytes:
            if (!filled)
                format_to(to, "{:#x}", raw);
            else
                append_bytes(to, raw,
                             a.direction == use::out ? static_cast<u64>(answer->value())
                                                     : c.arguments[a.length]);
            break;
        case argument_kind::vector:
            append_vector(to, raw, c.arguments[a.length],
                          a.direction == use::in ? ~u64{0}
                          : succeeded            ? static_cast<u64>(answer->value())
                                                 : 0);
            break;
        case argument_kind::socket_name: {
            u64 length = c.arguments[a.length];
            if (a.direction == use::out)
                length = memory::user_ptr<const u32>{length}.load().value_or(0);
            if (filled)
                append_socket_name(to, raw, static_cast<u32>(length));
            else
                format_to(to, "{:#x}", raw);
            break;
        }
        case argument_kind::message:
            if (filled)
                append_message_header(to, raw);
            else
                format_to(to, "{:#x}", raw);
            break;
        case argument_kind::bits:
            append_bits(to, raw, a.names);
            break;
        case argument_kind::value:
            append_value(to, value, a.names);
            break;
    }
}

}  // namespace

void append_call(text_sink& to, const traced_call& c, const reply* answer) noexcept {
    if (!c.description) {
        format_to(to, "syscall_{:#x}({:#x}, {:#x}, {:#x})", c.number, c.arguments[0],
                  c.arguments[1], c.arguments[2]);
        return;
    }
    to.append(c.description->name);
    to.append("(");
    for (usize i = 0; i < c.description->arguments.size(); ++i) {
        if (i)
            to.append(", ");
        append_argument(to, c, i, answer);
    }
    to.append(")");
}

void append_answer(text_sink& to, const traced_call& c, reply answer) noexcept {
    const i64 value = answer.value();
    if (is_restart(value))
        to.append(" = ? (interrupted)");
    else if (answer.failed())
        format_to(to, " = -1 {}", name_of(static_cast<errc>(-value)));
    else if (c.description && c.description->result == result_kind::address)
        format_to(to, " = {:#x}", static_cast<u64>(value));
    else
        format_to(to, " = {}", value);
}

}  // namespace osprey::abi
