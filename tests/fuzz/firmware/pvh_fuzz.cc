// SPDX-License-Identifier: BSD-3-Clause
// Start information of a PVH loader: whatever the memory map claims, what is handed on is sound.
#include <boot/pvh.cc>  // its ranges are looked at and emptied here
#include <cstdlib>

using namespace osprey;
using namespace osprey::boot;

// The image lies from 1 MB to 2 MB.
__asm__(
    ".globl kernel_image_start\n.set kernel_image_start, 0x100000\n"
    ".globl kernel_image_end\n.set kernel_image_end, 0x200000\n");

void osprey::panic(const char*, std::source_location) noexcept {
    std::longjmp(fuzz::refused, 1);
}

namespace {

void require(bool holds) {
    if (!holds)
        std::abort();
}

void check(std::span<const memory::boot_range> ranges) {
    u64 before = 0;
    for (const auto& r : ranges) {
        const u64 start = raw(r.start);
        require(start >= before && r.bytes != 0 && r.bytes <= (u64{1} << 52) - start);
        require(start % page_size == 0 && r.bytes % page_size == 0);
        before = start + r.bytes;
    }
}

bool overlaps(const memory::boot_range& r, u64 start, u64 end) {
    return raw(r.start) < end && start < raw(r.start) + r.bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const u8* data, usize size) {
    ram_count = unoccupied_count = 0;
    trampoline = 0;
    loader_info = {};
    fuzz::memory.assign(arch::early_direct_map_bytes, 0);
    fuzz::memory.shrink_to_fit();
    std::memcpy(fuzz::memory.data(), data, size);
    if (setjmp(fuzz::refused))
        return 0;
    read_pvh_start_info(size && data[0] == 0xff ? 0xffff'fff0u : 0);
    const auto found = early_memory();
    check(found.ram);
    check(found.free);
    for (const auto& r : found.free) {
        require(!overlaps(r, 0, page_size) && !overlaps(r, 0x100000, 0x200000));
        require(trampoline == 0 || !overlaps(r, trampoline, trampoline + page_size));
        bool inside = false;
        for (const auto& all : found.ram)
            inside |= raw(r.start) >= raw(all.start) &&
                      raw(r.start) + r.bytes <= raw(all.start) + all.bytes;
        require(inside);
    }
    require(info().command_line.size() <= command_line_capacity);
    return 0;
}
