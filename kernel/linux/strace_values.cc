// SPDX-License-Identifier: BSD-3-Clause
#include <linux/abi/structures.hh>
#include <linux/strace_values.hh>
#include <memory/user_pointer.hh>

namespace osprey::abi {
namespace {

constexpr usize shown_bytes = 32;  // of buffers and strings, as strace(1) does by default
constexpr usize shown_path = 160;
constexpr u64 shown_parts = 4;  // of a struct iovec array

constexpr std::string_view signal_names[] = {
    "0",         "SIGHUP",  "SIGINT",    "SIGQUIT", "SIGILL",   "SIGTRAP", "SIGABRT", "SIGBUS",
    "SIGFPE",    "SIGKILL", "SIGUSR1",   "SIGSEGV", "SIGUSR2",  "SIGPIPE", "SIGALRM", "SIGTERM",
    "SIGSTKFLT", "SIGCHLD", "SIGCONT",   "SIGSTOP", "SIGTSTP",  "SIGTTIN", "SIGTTOU", "SIGURG",
    "SIGXCPU",   "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO",   "SIGPWR",  "SIGSYS"};

/// The letter behind the backslash for bytes that C gives one, or 0.
char escape_of(char c) noexcept {
    switch (c) {
        case '\t':
            return 't';
        case '\n':
            return 'n';
        case '\v':
            return 'v';
        case '\f':
            return 'f';
        case '\r':
            return 'r';
        case '"':
        case '\\':
            return c;
        default:
            return 0;
    }
}

constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

}  // namespace

void append_signal(text_sink& to, i32 number) noexcept {
    constexpr i32 first_real_time = 32, last_real_time = 64;
    if (number >= 0 && number < first_real_time)
        to.append(signal_names[number]);
    else if (number >= first_real_time && number <= last_real_time)
        format_to(to, "SIGRT_{}", number - first_real_time);
    else
        format_to(to, "{}", number);
}

void append_quoted(text_sink& to, std::string_view text) noexcept {
    to.append("\"");
    for (usize i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const u32 code = static_cast<u8>(c);
        if (const char letter = escape_of(c))
            format_to(to, "\\{}", letter);
        else if (c >= ' ' && c < 0x7f)
            to.append({&c, 1});
        else if (i + 1 < text.size() && is_digit(text[i + 1]))
            format_to(to, "\\{:03o}", code);  // lest the digit seem to belong to it
        else
            format_to(to, "\\{:o}", code);
    }
    to.append("\"");
}

void append_text(text_sink& to, virtual_address where) noexcept {
    if (where == 0) {
        to.append("NULL");
        return;
    }
    char room[shown_path];
    const i64 length =
        where < arch::application_limit
            ? arch::user_string_length(reinterpret_cast<const char*>(where), shown_path + 1)
            : -1;
    const usize shown =
        length < static_cast<i64>(shown_path) ? static_cast<usize>(length) : shown_path;
    if (length < 0 || !memory::copy_from_user(room, where, shown)) {
        format_to(to, "{:#x}", where);
        return;
    }
    append_quoted(to, {room, shown});
    if (static_cast<usize>(length) > shown)
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
        append_quoted(to, {room, shown});
        if (shown < size)
            to.append("...");
    }
}

void append_vector(text_sink& to, virtual_address where, u64 count, u64 filled) noexcept {
    to.append("[");
    for (u64 i = 0; i < count && i < shown_parts; ++i) {
        auto element = memory::user_ptr<abi_iovec>{where}.at(i).load();
        if (!element) {
            format_to(to, "{:#x}", where);
            break;
        }
        to.append(i ? ", {" : "{");
        const u64 bytes = element->length < filled ? element->length : filled;
        if (bytes != 0 || element->length == 0)
            append_bytes(to, element->base, bytes);
        else
            format_to(to, "{:#x}", element->base);
        filled -= bytes;
        format_to(to, ", {}}}", element->length);
    }
    to.append(count > shown_parts ? ", ...]" : "]");
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
        format_to(to, "{}{:#x}", first ? "" : "|", bits);
}

void append_value(text_sink& to, u64 value, std::span<const value_name> names) noexcept {
    for (const value_name& n : names)
        if (n.value == value) {
            to.append(n.name);
            return;
        }
    format_to(to, "{:#x}", value);
}

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

}  // namespace osprey::abi
