// SPDX-License-Identifier: BSD-3-Clause
#include <cstring>
#include <process/elf_symbols.hh>

namespace osprey::proc {
namespace {

// System V ABI, chapter 4
struct raw_header {
    u8 ident[16];
    u16 type, machine;
    u32 version;
    u64 entry, program_headers, section_headers;
    u32 flags;
    u16 header_bytes, program_header_bytes, program_header_count;
    u16 section_header_bytes, section_header_count, section_names;
};
struct raw_program_header {
    u32 type, flags;
    u64 offset, address, physical, file_bytes, memory_bytes, alignment;
};
struct raw_section {
    u32 name, type;
    u64 flags, address, offset, bytes;
    u32 link, info;
    u64 alignment, entry_bytes;
};
struct raw_symbol {
    u32 name;
    u8 info, other;
    u16 section;
    u64 value, bytes;
};
static_assert(sizeof(raw_section) == 64 && sizeof(raw_symbol) == 24);

constexpr u32 segment_load = 1, section_symbols = 2, section_dynamic_symbols = 11;
constexpr u8 type_function = 2, type_indirect_function = 10;
constexpr u64 most_symbols = 1'000'000;

bool address_of_offset(elf_source& source, const raw_header& header, u64 offset,
                       u64& address) noexcept {
    for (u32 i = 0; i < header.program_header_count; ++i) {
        raw_program_header p;
        if (!source.read(header.program_headers + i * sizeof p, &p, sizeof p))
            return false;
        if (p.type == segment_load && offset >= p.offset && offset - p.offset < p.file_bytes) {
            address = p.address + (offset - p.offset);
            return true;
        }
    }
    return false;
}

/// The symbol table to use, and its strings.
bool find_tables(elf_source& source, const raw_header& header, raw_section& symbols,
                 raw_section& strings) noexcept {
    bool found = false;
    for (u32 i = 0; i < header.section_header_count; ++i) {
        raw_section s;
        if (!source.read(header.section_headers + i * sizeof s, &s, sizeof s))
            return false;
        if (s.type == section_symbols || (s.type == section_dynamic_symbols && !found)) {
            symbols = s;
            found = true;
        }
    }
    return found && symbols.link < header.section_header_count &&
           source.read(header.section_headers + symbols.link * sizeof strings, &strings,
                       sizeof strings);
}

/// The function that begins last at or before `address`.
bool nearest(elf_source& source, const raw_section& table, u64 address, raw_symbol& best) noexcept {
    constexpr usize chunk = 16;
    const u64 all = table.bytes / sizeof(raw_symbol);
    const u64 count = all < most_symbols ? all : most_symbols;
    raw_symbol some[chunk];
    bool found = false;
    for (u64 at = 0; at < count; at += chunk) {
        const usize n = count - at < chunk ? count - at : chunk;
        if (!source.read(table.offset + at * sizeof(raw_symbol), some, n * sizeof(raw_symbol)))
            return found;
        for (usize i = 0; i < n; ++i) {
            const u8 type = some[i].info & 15;
            const bool function = type == type_function || type == type_indirect_function;
            if (!function || some[i].section == 0 || some[i].value > address)
                continue;
            if (some[i].bytes != 0 && address - some[i].value >= some[i].bytes)
                continue;
            if (!found || some[i].value > best.value) {
                best = some[i];
                found = true;
            }
        }
    }
    return found;
}

}  // namespace

elf_symbol find_elf_symbol(elf_source& source, u64 file_offset) noexcept {
    elf_symbol out;
    raw_header header;
    u64 address;
    raw_section symbols{}, strings{};
    raw_symbol best{};
    if (!source.read(0, &header, sizeof header) ||
        std::memcmp(header.ident,
                    "\x7f"
                    "ELF",
                    4) != 0 ||
        header.program_header_bytes != sizeof(raw_program_header) ||
        header.section_header_bytes != sizeof(raw_section) ||
        !address_of_offset(source, header, file_offset, address) ||
        !find_tables(source, header, symbols, strings) ||
        !nearest(source, symbols, address, best) || best.name >= strings.bytes)
        return out;
    const u64 room = strings.bytes - best.name;
    const usize n = room < sizeof out.name - 1 ? room : sizeof out.name - 1;
    if (!source.read(strings.offset + best.name, out.name, n)) {
        out.name[0] = '\0';
        return out;
    }
    out.offset = address - best.value;
    return out;
}

}  // namespace osprey::proc
