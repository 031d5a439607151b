// SPDX-License-Identifier: BSD-3-Clause
#include <cstring>
#include <trace/layout.hh>

namespace osprey::trace {
namespace {

struct kind_name {
    std::string_view type, conversion;
    bool is_signed;
};
constexpr kind_name names[] = {
    {"", "", false},
    {"unsigned char", "%u", false},
    {"unsigned short", "%u", false},
    {"unsigned int", "%u", false},
    {"unsigned long", "%lu", false},
    {"int", "%d", true},
    {"long", "%ld", true},
    {"unsigned long", "0x%lx", false},
    {"pid_t", "%d", true},
    {"char", "%s", false},
    {"__data_loc char[]", "%s", false},
};
const kind_name& name_of_kind(field_kind kind) noexcept {
    return names[static_cast<u8>(kind)];
}

/// The n-th of the strings of `tracepoint::text`.
std::string_view part(const tracepoint& point, unsigned n) noexcept {
    const char* text = point.text;
    for (; n > 0; --n)
        text += std::strlen(text) + 1;
    return text;
}

constexpr bool is_name_character(char c) noexcept {
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

constexpr struct {
    u32 bit;
    std::string_view name;
} task_states[] = {{1, "S"}, {2, "D"}, {4, "T"}, {8, "t"}, {16, "X"}, {32, "Z"}};

u64 number_in(const u8* at, field_kind kind) noexcept {
    u64 value = 0;
    std::memcpy(&value, at, size_of(kind));
    if (kind == field_kind::i32_number || kind == field_kind::pid)
        value = static_cast<u64>(static_cast<i64>(static_cast<i32>(value)));
    return value;
}

std::string_view text_in(std::span<const u8> record, const field& f) noexcept {
    const char* base = reinterpret_cast<const char*>(record.data());
    if (f.kind == field_kind::comm) {
        return text_of(base + f.offset, size_of(f.kind));
    }
    const u32 where = static_cast<u32>(number_in(record.data() + f.offset, field_kind::u32_number));
    const usize start = where & 0xffff, bytes = where >> 16;
    if (start + bytes > record.size() || bytes == 0)
        return {};
    return text_of(base + start, bytes);
}

/// One conversion of a print format: flags, width and length included.
struct conversion {
    std::string_view whole;
    char letter;
};
/// Takes the text before the next conversion, and that conversion.
std::string_view next_conversion(std::string_view& format, conversion& found) noexcept {
    const usize at = format.find('%');
    found = {};
    if (at == format.npos) {
        const std::string_view rest = format;
        format = {};
        return rest;
    }
    usize end = at + 1;
    while (end < format.size() &&
           !((format[end] >= 'a' && format[end] <= 'z' && format[end] != 'l') ||
             format[end] == 'S' || format[end] == 'H' || format[end] == '%'))
        ++end;
    const std::string_view before = format.substr(0, at);
    found = {format.substr(at, end + 1 - at), end < format.size() ? format[end] : '\0'};
    format.remove_prefix(end + 1 < format.size() ? end + 1 : format.size());
    return before;
}

void write_value(text_sink& to, const field& f, std::span<const u8> record,
                 const conversion& how) noexcept {
    if (f.kind == field_kind::comm || f.kind == field_kind::text) {
        to.append(text_in(record, f));
        return;
    }
    const u64 value = number_in(record.data() + f.offset, f.kind);
    // What the few formats use; format_to has no width that is known at run time
    if (how.letter == 'S') {
        std::string_view shown = "R";
        for (const auto& state : task_states)
            if (value & state.bit)
                shown = state.name;
        to.append(shown);
    } else if (how.letter == 'H') {
        to.append(value ? "handled" : "unhandled");
    } else if (how.letter == 'x') {
        format_to(to, "{:x}", value);
    } else if (how.letter == 'd') {
        if (how.whole.find("03") != how.whole.npos)
            format_to(to, "{:03}", static_cast<i64>(value));
        else
            format_to(to, "{}", static_cast<i64>(value));
    } else {
        format_to(to, "{}", value);
    }
}

}  // namespace

std::string_view system_of(const tracepoint& point) noexcept {
    return part(point, 0);
}
std::string_view name_of(const tracepoint& point) noexcept {
    return part(point, 1);
}

std::string_view next_parameter_name(std::string_view& parameters) noexcept {
    const usize comma = parameters.find(',');
    const std::string_view one = parameters.substr(0, comma);
    parameters = comma == parameters.npos ? std::string_view{} : parameters.substr(comma + 1);
    usize begin = one.size();
    while (begin > 0 && is_name_character(one[begin - 1]))
        --begin;
    return one.substr(begin);
}

layout layout_of(const tracepoint& point) noexcept {
    layout out;
    out.system = system_of(point);
    out.name = name_of(point);
    out.print = part(point, 3);
    std::string_view parameters = part(point, 2);
    for (u64 kinds = point.kinds; kinds != 0; kinds >>= 4)
        out.add(next_parameter_name(parameters), static_cast<field_kind>(kinds & 15));
    return out;
}

void write_format(text_sink& to, const layout& event, u32 id) noexcept {
    format_to(to, "name: {}\nID: {}\nformat:\n", event.name, id);
    to.append(
        "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
        "\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"
        "\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"
        "\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n");
    for (const field& f : event.all())
        format_to(to, "\tfield:{} {}{};\toffset:{};\tsize:{};\tsigned:{};\n",
                  name_of_kind(f.kind).type, f.name, f.kind == field_kind::comm ? "[16]" : "",
                  f.offset, size_of(f.kind), name_of_kind(f.kind).is_signed ? 1 : 0);
    to.append("\nprint fmt: \"");
    if (event.print.empty()) {
        for (usize i = 0; i < event.count; ++i)
            format_to(to, "{}{}={}", i ? " " : "", event.fields[i].name,
                      name_of_kind(event.fields[i].kind).conversion);
    } else {
        conversion found;
        for (std::string_view rest = event.print; !rest.empty();) {
            to.append(next_conversion(rest, found));
            to.append(found.letter == 'S' || found.letter == 'H' ? "%s" : found.whole);
        }
    }
    to.append("\"");
    std::string_view rest = event.print;
    for (const field& f : event.all()) {
        conversion found{};
        if (!event.print.empty())
            next_conversion(rest, found);
        if (found.letter == 'S') {
            format_to(to, ", REC->{} ? __print_flags(REC->{}, \"|\"", f.name, f.name);
            for (const auto& state : task_states)
                format_to(to, ", {{ {:#x}, \"{}\" }}", state.bit, state.name);
            to.append(") : \"R\"");
        } else if (found.letter == 'H') {
            format_to(to, ", REC->{} ? \"handled\" : \"unhandled\"", f.name);
        } else if (f.kind == field_kind::text) {
            format_to(to, ", __get_str({})", f.name);
        } else {
            format_to(to, ", REC->{}", f.name);
        }
    }
    to.append("\n");
}

void write_fields(text_sink& to, const layout& event, std::span<const u8> record) noexcept {
    if (event.end > record.size())
        return;
    std::string_view rest = event.print;
    for (usize i = 0; i < event.count; ++i) {
        const field& f = event.fields[i];
        conversion how{};
        if (event.print.empty()) {
            format_to(to, "{}{}={}", i ? " " : "", f.name,
                      f.kind == field_kind::address ? "0x" : "");
            const std::string_view usual = name_of_kind(f.kind).conversion;
            how = {usual, usual.back()};
        } else {
            to.append(next_conversion(rest, how));
        }
        write_value(to, f, record, how);
    }
    to.append(rest);
}

}  // namespace osprey::trace
