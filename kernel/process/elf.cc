// SPDX-License-Identifier: BSD-3-Clause
// The checks of ELF files; no I/O and no memory of its own, so that the fuzzer and the unit tests
// run it on the host unchanged.
#include <bit>
#include <cstring>
#include <process/elf.hh>

namespace osprey::proc {
namespace {

// System V Application Binary Interface, chapter 4 and 5.
struct raw_header {
    u8 ident[16];
    u16 type, machine;
    u32 version;
    u64 entry, program_headers, section_headers;
    u32 flags;
    u16 header_bytes, program_header_bytes, program_header_count;
    u16 section_header_bytes, section_header_count, section_names;
};
static_assert(sizeof(raw_header) == elf_header::bytes);

struct raw_program_header {
    u32 type, flags;
    u64 offset, address, physical, file_bytes, memory_bytes, alignment;
};
static_assert(sizeof(raw_program_header) == elf_header::program_header_bytes);

constexpr u8 class_64 = 2, little_endian = 1, current_version = 1;
constexpr u16 type_executable = 2, type_shared = 3;
constexpr u32 segment_load = 1, segment_dynamic = 2, segment_interpreter = 3, segment_headers = 6,
              segment_stack = 0x6474e551;
constexpr u32 flag_execute = 1, flag_write = 2, flag_read = 4;
constexpr u64 longest_interpreter_name = 4096;

bool inside(u64 offset, u64 bytes, u64 limit) noexcept {
    return offset <= limit && bytes <= limit - offset;
}

elf_problem add_segment(const raw_program_header& raw, u64 file_bytes, u64 address_limit,
                        elf_program& out) noexcept {
    if (raw.memory_bytes == 0)
        return elf_problem::none;
    if (out.segment_count == elf_program::most_segments)
        return elf_problem::too_many_segments;
    if (raw.file_bytes > raw.memory_bytes)
        return elf_problem::file_size_above_memory_size;
    if (!inside(raw.offset, raw.file_bytes, file_bytes))
        return elf_problem::truncated_segment;
    if (!inside(raw.address, raw.memory_bytes, address_limit - page_size))
        return elf_problem::segment_out_of_range;
    if (raw.file_bytes != 0 && (raw.address ^ raw.offset) % page_size != 0)
        return elf_problem::misaligned_segment;
    if (out.segment_count != 0) {
        const elf_segment& before = out.segments[out.segment_count - 1];
        if (raw.address < before.address + before.memory_bytes)
            return elf_problem::overlapping_segments;
    }
    if (std::has_single_bit(raw.alignment) && raw.alignment > out.alignment &&
        raw.alignment <= u64{1} << 30)
        out.alignment = raw.alignment;
    out.segments[out.segment_count++] = {
        .address = raw.address,
        .memory_bytes = raw.memory_bytes,
        .file_offset = raw.offset,
        .file_bytes = raw.file_bytes,
        .readable = (raw.flags & flag_read) != 0,
        .writable = (raw.flags & flag_write) != 0,
        .executable = (raw.flags & flag_execute) != 0,
    };
    return elf_problem::none;
}

/// Where the program headers are in memory: in the segment that holds their part of the file.
u64 locate_headers(const elf_program& p) noexcept {
    const u64 offset = p.header.program_headers_offset;
    const u64 bytes = u64{p.header.program_headers_count} * elf_header::program_header_bytes;
    for (u32 i = 0; i < p.segment_count; ++i) {
        const elf_segment& s = p.segments[i];
        if (offset >= s.file_offset && inside(offset - s.file_offset, bytes, s.file_bytes))
            return s.address + (offset - s.file_offset);
    }
    return 0;
}

elf_problem check_entry(const elf_program& p) noexcept {
    if (p.header.entry == 0)
        return elf_problem::no_entry_point;
    for (u32 i = 0; i < p.segment_count; ++i)
        if (p.header.entry >= p.segments[i].address &&
            p.header.entry - p.segments[i].address < p.segments[i].memory_bytes)
            return elf_problem::none;
    return elf_problem::entry_outside_segments;
}

}  // namespace

elf_problem parse_elf_header(std::span<const u8> start, u16 machine, elf_header& out) noexcept {
    constexpr u8 magic[] = {0x7f, 'E', 'L', 'F'};
    if (start.size() < sizeof magic || std::memcmp(start.data(), magic, sizeof magic) != 0)
        return elf_problem::not_elf;
    if (start.size() < sizeof(raw_header))
        return elf_problem::too_short;
    raw_header raw;
    std::memcpy(&raw, start.data(), sizeof raw);
    if (raw.ident[4] != class_64)
        return elf_problem::wrong_class;
    if (raw.ident[5] != little_endian)
        return elf_problem::wrong_byte_order;
    if (raw.ident[6] != current_version)
        return elf_problem::wrong_version;
    if (raw.machine != machine)
        return elf_problem::wrong_machine;
    if (raw.type != type_executable && raw.type != type_shared)
        return elf_problem::wrong_type;
    if (raw.program_header_bytes != sizeof(raw_program_header) || raw.program_header_count == 0 ||
        raw.program_header_count > elf_header::most_program_headers)
        return elf_problem::bad_program_headers;
    out = {.position_independent = raw.type == type_shared,
           .entry = raw.entry,
           .program_headers_offset = raw.program_headers,
           .program_headers_count = raw.program_header_count};
    return elf_problem::none;
}

elf_problem parse_program_headers(const elf_header& header, std::span<const u8> table,
                                  u64 file_bytes, u64 address_limit, elf_program& out) noexcept {
    const u64 bytes = u64{header.program_headers_count} * sizeof(raw_program_header);
    if (!inside(header.program_headers_offset, bytes, file_bytes) || table.size() < bytes)
        return elf_problem::truncated_program_headers;
    out = {};
    out.header = header;
    for (u32 i = 0; i < header.program_headers_count; ++i) {
        raw_program_header raw;
        std::memcpy(&raw, table.data() + i * sizeof raw, sizeof raw);
        if (raw.type == segment_load) {
            if (auto problem = add_segment(raw, file_bytes, address_limit, out);
                problem != elf_problem::none)
                return problem;
        } else if (raw.type == segment_interpreter && out.interpreter_bytes == 0) {
            if (raw.file_bytes < 2 || raw.file_bytes > longest_interpreter_name ||
                !inside(raw.offset, raw.file_bytes, file_bytes))
                return elf_problem::bad_interpreter_name;
            out.interpreter_offset = raw.offset;
            out.interpreter_bytes = static_cast<u32>(raw.file_bytes);
        } else if (raw.type == segment_stack) {
            out.executable_stack = (raw.flags & flag_execute) != 0;
        } else if (raw.type == segment_headers) {
            out.program_headers_address = raw.address;
        } else if (raw.type == segment_dynamic) {
            out.dynamic_address = raw.address;
        }
    }
    if (out.segment_count == 0)
        return elf_problem::no_segments;
    const elf_segment& last = out.segments[out.segment_count - 1];
    out.lowest = align_down(out.segments[0].address, page_size);
    out.highest = align_up(last.address + last.memory_bytes, page_size);
    if (!header.position_independent && out.lowest == 0)
        return elf_problem::segment_out_of_range;  // would make null pointers valid
    if (out.program_headers_address == 0)
        out.program_headers_address = locate_headers(out);
    return check_entry(out);
}

std::string_view describe(elf_problem problem) noexcept {
    switch (problem) {
        case elf_problem::none:
            return "fine";
        case elf_problem::too_short:
            return "truncated: shorter than an ELF header";
        case elf_problem::not_elf:
            return "not an ELF file";
        case elf_problem::wrong_class:
            return "a 32-bit program; only 64-bit programs run here";
        case elf_problem::wrong_byte_order:
            return "a big-endian program";
        case elf_problem::wrong_version:
            return "an unknown version of ELF";
        case elf_problem::wrong_machine:
            return "built for another architecture";
        case elf_problem::wrong_type:
            return "neither an executable nor a shared object (an object file or a core dump?)";
        case elf_problem::bad_program_headers:
            return "it has no usable program headers";
        case elf_problem::truncated_program_headers:
            return "truncated: the program headers reach beyond the end of the file";
        case elf_problem::too_many_segments:
            return "it has more segments than any real program";
        case elf_problem::no_segments:
            return "it has nothing to load";
        case elf_problem::file_size_above_memory_size:
            return "damaged: a segment is larger in the file than in memory";
        case elf_problem::truncated_segment:
            return "truncated: a segment reaches beyond the end of the file";
        case elf_problem::misaligned_segment:
            return "damaged: file offset and address of a segment disagree";
        case elf_problem::segment_out_of_range:
            return "damaged: a segment lies outside the application's addresses";
        case elf_problem::overlapping_segments:
            return "damaged: segments overlap or do not ascend";
        case elf_problem::bad_interpreter_name:
            return "damaged: the name of its interpreter is not readable";
        case elf_problem::no_entry_point:
            return "a shared object without an entry point";
        case elf_problem::entry_outside_segments:
            return "damaged: the entry point is in no segment";
    }
    return "unknown problem";
}

bool parse_script(std::span<const u8> start, script_line& out) noexcept {
    constexpr usize longest_line = 256;
    std::string_view text{reinterpret_cast<const char*>(start.data()), start.size()};
    if (!text.starts_with("#!"))
        return false;
    text = text.substr(2, longest_line - 2);
    const usize end = text.find('\n');
    if (end == text.npos && text.size() == longest_line - 2)
        return false;
    text = text.substr(0, end);
    text = text.substr(0, text.find('\0'));
    constexpr std::string_view blanks = " \t\r";
    auto strip = [&](std::string_view s) {
        const usize first = s.find_first_not_of(blanks);
        if (first == s.npos)
            return std::string_view{};
        return s.substr(first, s.find_last_not_of(blanks) - first + 1);
    };
    text = strip(text);
    const usize gap = text.find_first_of(" \t");
    out.interpreter = text.substr(0, gap);
    out.argument = gap == text.npos ? std::string_view{} : strip(text.substr(gap));
    return !out.interpreter.empty();
}

}  // namespace osprey::proc
