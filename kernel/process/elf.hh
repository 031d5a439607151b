// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>
#include <span>
#include <string_view>

namespace osprey::proc {

/// Why a file is not a program that can run here.
enum class elf_problem : u8 {
    none,
    too_short,
    not_elf,
    wrong_class,
    wrong_byte_order,
    wrong_version,
    wrong_machine,
    wrong_type,
    bad_program_headers,
    truncated_program_headers,
    too_many_segments,
    no_segments,
    file_size_above_memory_size,
    truncated_segment,
    misaligned_segment,
    segment_out_of_range,
    overlapping_segments,
    bad_interpreter_name,
    no_entry_point,
    entry_outside_segments,
};
/// A phrase for the log: "truncated: a segment reaches beyond the end of the file". Any context.
std::string_view describe(elf_problem problem) noexcept;

/// A part of the file to be mapped: PT_LOAD. Addresses as linked.
struct elf_segment {
    u64 address = 0;
    u64 memory_bytes = 0;
    u64 file_offset = 0;
    u64 file_bytes = 0;
    bool readable = false, writable = false, executable = false;
};

/// What the ELF header says (System V ABI, "Object Files"), checked.
struct elf_header {
    bool position_independent = false;  // ET_DYN
    u64 entry = 0;
    u64 program_headers_offset = 0;
    u32 program_headers_count = 0;
    static constexpr usize program_header_bytes = 56;
    static constexpr usize bytes = 64;
    static constexpr u32 most_program_headers = 65536 / program_header_bytes;
};

/// Everything the loader needs to know of a program, checked: segments ascend, do not overlap, lie
/// inside the file and below `address_limit`, and file offset and address agree modulo a page.
struct elf_program {
    static constexpr usize most_segments = 64;

    elf_header header;
    elf_segment segments[most_segments];
    u32 segment_count = 0;
    u64 lowest = 0, highest = 0;      // page-aligned bounds of all segments
    u64 alignment = page_size;        // of the load address, from the largest p_align
    u64 program_headers_address = 0;  // as linked; 0 when no segment holds them
    u64 interpreter_offset = 0;       // in the file
    u32 interpreter_bytes = 0;        // 0: none; the terminating zero included
    bool executable_stack = true;     // PT_GNU_STACK absent or with X
    u64 dynamic_address = 0;
};

/// Checks the first bytes of a file (at least `elf_header::bytes` when it has them).
/// `machine`: EM_* of this CPU. Any context.
elf_problem parse_elf_header(std::span<const u8> start, u16 machine, elf_header& out) noexcept;

/// Checks the program header table (`header.program_headers_count` entries of raw bytes).
/// `file_bytes`: size of the whole file; `address_limit`: end of the application's half.
elf_problem parse_program_headers(const elf_header& header, std::span<const u8> table,
                                  u64 file_bytes, u64 address_limit, elf_program& out) noexcept;

/// The interpreter line of a script: "#! /path [one argument]" (execve(2)).
struct script_line {
    std::string_view interpreter;
    std::string_view argument;  // empty: none
};
/// @return false if `start` is no script or its line is empty or longer than 255 bytes.
bool parse_script(std::span<const u8> start, script_line& out) noexcept;

}  // namespace osprey::proc
