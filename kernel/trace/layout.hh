// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/format.hh>
#include <span>
#include <string_view>
#include <trace/tracepoint.hh>

/// How a record of an event lies in memory, and how tracefs describes it (ftrace's own format: each
/// field at its natural alignment behind a header that all records have).
namespace osprey::trace {

/// Begins every record.
struct record_header {
    u16 event;  // number of the format
    u8 flags;
    u8 preempt_count;
    i32 pid;
};
static_assert(sizeof(record_header) == 8);

/// The text in an array of characters that a NUL ends, unless the text fills it.
constexpr std::string_view text_of(const char* text, usize room) noexcept {
    const std::string_view all{text, room};
    return all.substr(0, all.find('\0'));
}

struct field {
    std::string_view name;
    field_kind kind = field_kind::none;
    u16 offset = 0;
};

constexpr usize size_of(field_kind kind) noexcept {
    constexpr u8 sizes[] = {0, 1, 2, 4, 8, 4, 8, 8, 4, 16, 4};
    return sizes[static_cast<u8>(kind)];
}
constexpr usize alignment_of(field_kind kind) noexcept {
    return kind == field_kind::comm ? 1 : size_of(kind);
}

/// Assigns offsets in a record. `end` is where the next field may begin.
constexpr u16 place_field(usize& end, field_kind kind) noexcept {
    const usize at = (end + alignment_of(kind) - 1) & ~(alignment_of(kind) - 1);
    end = at + size_of(kind);
    return static_cast<u16>(at);
}

inline constexpr usize most_fields = 15;

/// What is known of an event, taken apart for showing.
struct layout {
    std::string_view system, name, print;
    field fields[most_fields];
    usize count = 0;
    /// The fields; `print` is empty when nothing was said.
    [[nodiscard]] std::span<const field> all() const noexcept { return {fields, count}; }
    void add(std::string_view field_name, field_kind kind) noexcept {
        fields[count++] = {field_name, kind, place_field(end, kind)};
    }
    usize end = sizeof(record_header);
};

std::string_view system_of(const tracepoint& point) noexcept;
std::string_view name_of(const tracepoint& point) noexcept;
/// The names in a list of C++ parameters, one after the other; empty at the end of the list.
std::string_view next_parameter_name(std::string_view& parameters) noexcept;
layout layout_of(const tracepoint& point) noexcept;

/// The file `format` of an event.
void write_format(text_sink& to, const layout& event, u32 id) noexcept;
/// The record's fields as the line of `trace` shows them. `record` begins with its header.
void write_fields(text_sink& to, const layout& event, std::span<const u8> record) noexcept;

}  // namespace osprey::trace
