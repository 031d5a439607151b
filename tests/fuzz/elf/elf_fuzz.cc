// SPDX-License-Identifier: BSD-3-Clause
// Feeds arbitrary bytes to everything that reads ELF files and "#!" lines, and checks what the
// loader relies on.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <process/elf.hh>
#include <process/elf_symbols.hh>

using namespace osprey;
using namespace osprey::proc;

namespace {

constexpr u64 limit = 0x7fff'ffff'f000;

class bytes_source final : public elf_source {
public:
    bytes_source(const u8* data, usize size) : data_{data}, size_{size} {}
    bool read(u64 offset, void* to, usize bytes) noexcept override {
        if (offset > size_ || bytes > size_ - offset)
            return false;
        std::memcpy(to, data_ + offset, bytes);
        return true;
    }

private:
    const u8* data_;
    usize size_;
};

void require(bool holds) {
    if (!holds)
        std::abort();
}

void check(const elf_program& p, u64 file_bytes) {
    require(p.segment_count > 0 && p.segment_count <= elf_program::most_segments);
    require(p.lowest < p.highest && p.highest <= limit);
    u64 before = 0;
    for (u32 i = 0; i < p.segment_count; ++i) {
        const elf_segment& s = p.segments[i];
        require(s.address >= before && s.memory_bytes <= limit - s.address);
        require(s.file_bytes <= s.memory_bytes);
        require(s.file_offset <= file_bytes && s.file_bytes <= file_bytes - s.file_offset);
        require(s.file_bytes == 0 || (s.address - s.file_offset) % page_size == 0);
        before = s.address + s.memory_bytes;
    }
    require(p.interpreter_bytes == 0 || p.interpreter_offset + p.interpreter_bytes <= file_bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const u8* data, usize size) {
    script_line line;
    parse_script({data, std::min<usize>(size, 256)}, line);
    bytes_source source{data, size};
    u64 offset = 0;
    if (size >= 8)
        std::memcpy(&offset, data + size - 8, 8);
    find_elf_symbol(source, offset);
    find_elf_symbol(source, offset % (size + 1));

    elf_header header;
    if (parse_elf_header({data, size}, 62, header) != elf_problem::none)
        return 0;
    elf_program program;
    const usize at = std::min<usize>(header.program_headers_offset, size);
    if (parse_program_headers(header, {data + at, size - at}, size, limit, program) ==
        elf_problem::none)
        check(program, size);
    return 0;
}
