// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <process/elf.hh>
#include <process/elf_symbols.hh>
#include <string>
#include <vector>

namespace osprey::proc {
namespace {

constexpr u16 machine = 62;
constexpr u64 limit = 0x7fff'ffff'f000;

std::vector<u8> read_file(const char* name) {
    std::ifstream in{name, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

/// A small ELF file that tests bend.
struct image {
    struct header {
        u8 ident[16] = {0x7f, 'E', 'L', 'F', 2, 1, 1};
        u16 type = 3, machine = proc::machine;
        u32 version = 1;
        u64 entry = 0x1010, program_headers = 64, section_headers = 0;
        u32 flags = 0;
        u16 header_bytes = 64, program_header_bytes = 56, program_header_count = 2;
        u16 section_header_bytes = 64, section_header_count = 0, section_names = 0;
    } h;
    struct segment {
        u32 type = 1, flags = 5;
        u64 offset = 0, address = 0, physical = 0, file_bytes = 0, memory_bytes = 0,
            alignment = 0x1000;
    } s[2];
    u64 file_bytes = 0x3000;

    image() {
        s[0] = {.flags = 4, .file_bytes = 0x800, .memory_bytes = 0x800};
        s[1] = {.offset = 0x1000, .address = 0x1000, .file_bytes = 0x500, .memory_bytes = 0x900};
    }
    elf_problem parse(elf_program& out) const {
        elf_header header;
        const auto* bytes = reinterpret_cast<const u8*>(&h);
        if (auto problem = parse_elf_header({bytes, sizeof h}, machine, header);
            problem != elf_problem::none)
            return problem;
        return parse_program_headers(header, {reinterpret_cast<const u8*>(s), sizeof s}, file_bytes,
                                     limit, out);
    }
    elf_problem problem() const {
        elf_program ignored;
        return parse(ignored);
    }
};

TEST(elf, accepts_a_small_program) {
    elf_program p;
    ASSERT_EQ(image{}.parse(p), elf_problem::none);
    EXPECT_EQ(p.segment_count, 2u);
    EXPECT_EQ(p.lowest, 0u);
    EXPECT_EQ(p.highest, 0x2000u);
    EXPECT_EQ(p.program_headers_address, 64u);
    EXPECT_TRUE(p.header.position_independent);
}

TEST(elf, refuses_other_machines_and_formats) {
    image i;
    i.h.machine = 183;
    EXPECT_EQ(i.problem(), elf_problem::wrong_machine);
    i = {};
    i.h.ident[4] = 1;
    EXPECT_EQ(i.problem(), elf_problem::wrong_class);
    i = {};
    i.h.ident[5] = 2;
    EXPECT_EQ(i.problem(), elf_problem::wrong_byte_order);
    i = {};
    i.h.ident[0] = 'M';
    EXPECT_EQ(i.problem(), elf_problem::not_elf);
    i = {};
    i.h.type = 1;
    EXPECT_EQ(i.problem(), elf_problem::wrong_type);
    elf_header header;
    EXPECT_EQ(parse_elf_header(std::span<const u8>{image{}.h.ident, 10}, machine, header),
              elf_problem::too_short);
}

TEST(elf, refuses_bad_segments) {
    image i;
    i.file_bytes = 0x1400;
    EXPECT_EQ(i.problem(), elf_problem::truncated_segment);
    i = {};
    i.file_bytes = 100;
    EXPECT_EQ(i.problem(), elf_problem::truncated_program_headers);
    i = {};
    i.s[1].address = 0x700;
    i.s[1].offset = 0x700;
    EXPECT_EQ(i.problem(), elf_problem::overlapping_segments);
    i = {};
    i.s[1].offset = 0x1001;
    EXPECT_EQ(i.problem(), elf_problem::misaligned_segment);
    i = {};
    i.s[1].memory_bytes = 0x100;
    EXPECT_EQ(i.problem(), elf_problem::file_size_above_memory_size);
    i = {};
    i.s[1].memory_bytes = ~u64{0};
    EXPECT_EQ(i.problem(), elf_problem::segment_out_of_range);
    i = {};
    i.s[1].address = limit;
    EXPECT_EQ(i.problem(), elf_problem::segment_out_of_range);
    i = {};
    i.s[0].type = i.s[1].type = 0;
    EXPECT_EQ(i.problem(), elf_problem::no_segments);
    i = {};
    i.h.entry = 0;
    EXPECT_EQ(i.problem(), elf_problem::no_entry_point);
    i = {};
    i.h.entry = 0x5000;
    EXPECT_EQ(i.problem(), elf_problem::entry_outside_segments);
    i = {};
    i.h.type = 2;
    EXPECT_EQ(i.problem(), elf_problem::segment_out_of_range) << "page zero must stay unmapped";
}

TEST(elf, describes_every_problem) {
    for (int i = 0; i <= static_cast<int>(elf_problem::entry_outside_segments); ++i)
        EXPECT_NE(describe(static_cast<elf_problem>(i)), "unknown problem") << i;
}

TEST(elf, reads_a_real_program) {
    const auto file = read_file("/bin/true");
    if (file.empty())
        GTEST_SKIP();
    elf_header header;
    ASSERT_EQ(parse_elf_header(file, machine, header), elf_problem::none);
    elf_program p;
    ASSERT_EQ(parse_program_headers(header, std::span{file}.subspan(header.program_headers_offset),
                                    file.size(), limit, p),
              elf_problem::none);
    EXPECT_GT(p.interpreter_bytes, 10u);
    EXPECT_FALSE(p.executable_stack);
}

TEST(elf, truncation_never_passes_the_checks_nor_reads_outside) {
    auto file = read_file("/bin/true");
    if (file.empty())
        GTEST_SKIP();
    for (usize bytes = 0; bytes < 4096; bytes += 7) {
        const std::vector<u8> cut{file.begin(), file.begin() + static_cast<long>(bytes)};
        elf_header header;
        if (parse_elf_header(cut, machine, header) != elf_problem::none)
            continue;
        elf_program p;
        const usize at = std::min<usize>(header.program_headers_offset, cut.size());
        EXPECT_NE(parse_program_headers(header, std::span{cut}.subspan(at), cut.size(), limit, p),
                  elf_problem::none);
    }
}

TEST(script, splits_the_first_line) {
    auto parse = [](std::string_view text, script_line& out) {
        return parse_script({reinterpret_cast<const u8*>(text.data()), text.size()}, out);
    };
    script_line line;
    ASSERT_TRUE(parse("#!/bin/sh\n", line));
    EXPECT_EQ(line.interpreter, "/bin/sh");
    EXPECT_EQ(line.argument, "");
    ASSERT_TRUE(parse("#! /usr/bin/env  python3 -u \nx", line));
    EXPECT_EQ(line.interpreter, "/usr/bin/env");
    EXPECT_EQ(line.argument, "python3 -u");
    EXPECT_FALSE(parse("#!\n", line));
    EXPECT_FALSE(parse("#", line));
    EXPECT_FALSE(parse("", line));
    EXPECT_FALSE(parse("#!" + std::string(300, 'a'), line));
}

class memory_source final : public elf_source {
public:
    explicit memory_source(std::vector<u8> bytes) : bytes_{std::move(bytes)} {}
    bool read(u64 offset, void* to, usize bytes) noexcept override {
        if (offset > bytes_.size() || bytes > bytes_.size() - offset)
            return false;
        std::memcpy(to, bytes_.data() + offset, bytes);
        return true;
    }

private:
    std::vector<u8> bytes_;
};

TEST(elf_symbols, finds_nothing_in_garbage) {
    memory_source source{std::vector<u8>(500, 0x7f)};
    EXPECT_EQ(find_elf_symbol(source, 10).name[0], '\0');
}

extern "C" [[gnu::noinline]] int function_to_be_found() {
    return 42;
}

/// Where in its file the code at `address` comes from.
u64 file_offset_of(u64 address) {
    std::ifstream maps{"/proc/self/maps"};
    for (std::string line; std::getline(maps, line);) {
        unsigned long start, end, offset;
        if (std::sscanf(line.c_str(), "%lx-%lx %*s %lx", &start, &end, &offset) == 3 &&
            address >= start && address < end)
            return address - start + offset;
    }
    return 0;
}

TEST(elf_symbols, finds_a_function_of_this_test) {
    memory_source source{read_file("/proc/self/exe")};
    const u64 offset = file_offset_of(reinterpret_cast<u64>(&function_to_be_found));
    const elf_symbol symbol = find_elf_symbol(source, offset + 2);
    EXPECT_STREQ(symbol.name, "function_to_be_found");
    EXPECT_EQ(symbol.offset, 2u);
}

}  // namespace
}  // namespace osprey::proc
