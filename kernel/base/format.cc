// SPDX-License-Identifier: BSD-3-Clause
#include <base/format.hh>

namespace osprey {
namespace {

constexpr usize longest_number = 64 + 2;  // 64 binary digits and "0x" or a sign

struct field {
    bool prefixed = false;  // '#'
    bool zero_filled = false;
    usize width = 0;
    char type = 0;
};

void fill(text_sink& sink, char with, usize count) noexcept {
    for (; count != 0; --count)
        sink.append({&with, 1});
}

/// Digits of `value` at the end of `buffer`; returns where they begin.
char* digits(u64 value, unsigned base, bool capital, char* end) noexcept {
    const char* alphabet = capital ? "0123456789ABCDEF" : "0123456789abcdef";
    if (base == 10) {
        do
            *--end = static_cast<char>('0' + value % 10);
        while (value /= 10);
        return end;
    }
    const unsigned shift = base == 16 ? 4 : base == 8 ? 3 : 1;
    do
        *--end = alphabet[value & (base - 1)];
    while (value >>= shift);
    return end;
}

void put_number(text_sink& sink, const field& f, u64 magnitude, bool negative) noexcept {
    unsigned base = 10;
    std::string_view prefix = negative ? "-" : "";
    switch (f.type) {
        case 'x':
        case 'p':
            base = 16;
            break;
        case 'X':
            base = 16;
            break;
        case 'o':
            base = 8;
            break;
        case 'b':
            base = 2;
            break;
        default:
            break;
    }
    if (f.prefixed || f.type == 'p') {
        if (base == 16)
            prefix = negative ? "-0x" : "0x";
        else if (base == 2)
            prefix = negative ? "-0b" : "0b";
        else if (base == 8)
            prefix = negative ? "-0" : "0";
    }
    char buffer[longest_number];
    char* end = buffer + sizeof buffer;
    char* begin = digits(magnitude, base, f.type == 'X', end);
    const usize size = static_cast<usize>(end - begin);
    const usize missing = f.width > size + prefix.size() ? f.width - size - prefix.size() : 0;
    if (!f.zero_filled)
        fill(sink, ' ', missing);
    sink.append(prefix);
    if (f.zero_filled)
        fill(sink, '0', missing);
    sink.append({begin, size});
}

void put_text(text_sink& sink, const field& f, std::string_view text) noexcept {
    sink.append(text);
    if (text.size() < f.width)
        fill(sink, ' ', f.width - text.size());
}

void put(text_sink& sink, const field& f, const format_argument& argument) noexcept {
    using kind = format_argument::kind;
    switch (argument.type) {
        case kind::signed_integer: {
            // A signed value asked for in hexadecimal is shown as the bits it has.
            const bool negative = argument.as_signed < 0 && (f.type == 0 || f.type == 'd');
            const u64 bits = static_cast<u64>(argument.as_signed);
            put_number(sink, f, negative ? u64{0} - bits : bits, negative);
            return;
        }
        case kind::unsigned_integer:
            put_number(sink, f, argument.as_unsigned, false);
            return;
        case kind::pointer: {
            field pointer = f;
            pointer.type = 'p';
            put_number(sink, pointer, argument.as_unsigned, false);
            return;
        }
        case kind::boolean:
            if (f.type != 0 && f.type != 's')
                put_number(sink, f, argument.as_unsigned, false);
            else
                put_text(sink, f, argument.as_unsigned ? "true" : "false");
            return;
        case kind::character: {
            if (f.type != 0 && f.type != 'c') {
                put_number(sink, f, argument.as_unsigned, false);
                return;
            }
            const char c = static_cast<char>(argument.as_unsigned);
            put_text(sink, f, {&c, 1});
            return;
        }
        case kind::text:
            put_text(sink, f, argument.as_text);
            return;
    }
}

/// Parses what stands between braces; `at` is behind the opening one and ends behind the closing.
field parse(std::string_view format, usize& at) noexcept {
    field f;
    if (at < format.size() && format[at] == ':')
        ++at;
    for (; at < format.size() && format[at] != '}'; ++at) {
        const char c = format[at];
        if (c == '#')
            f.prefixed = true;
        else if (c == '0' && f.width == 0)
            f.zero_filled = true;
        else if (c >= '0' && c <= '9')
            f.width = f.width * 10 + static_cast<usize>(c - '0');
        else
            f.type = c;
    }
    ++at;
    return f;
}

}  // namespace

void format_to(text_sink& sink, std::string_view format, const format_argument* arguments,
               usize count) noexcept {
    usize used = 0;
    usize plain = 0;  // start of text not yet copied
    usize at = 0;
    while (at < format.size()) {
        const char c = format[at];
        if (c != '{' && c != '}') {
            ++at;
            continue;
        }
        if (at + 1 < format.size() && format[at + 1] == c) {  // a doubled brace stands for itself
            sink.append(format.substr(plain, at + 1 - plain));
            plain = at += 2;
            continue;
        }
        sink.append(format.substr(plain, at - plain));
        ++at;
        if (c == '{') {
            const field f = parse(format, at);
            if (used < count)
                put(sink, f, arguments[used++]);
        }
        plain = at < format.size() ? at : format.size();
    }
    sink.append(format.substr(plain));
}

}  // namespace osprey
