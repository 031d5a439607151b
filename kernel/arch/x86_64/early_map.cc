// SPDX-License-Identifier: BSD-3-Clause
#include <arch/early_map.hh>
#include <arch/machine.hh>
#include <base/assert.hh>

namespace osprey::arch {
namespace {

constexpr u64 present = 1, writable = 2, write_through = 8, cache_disable = 0x10, global = 0x100;
constexpr u64 no_execute = u64{1} << 63;
constexpr virtual_address window_base = 0xffff'ffff'c000'0000;
constexpr usize window_pages = 512;

constinit usize window_used = 0;  // pages

}  // namespace

extern "C" {
extern u64 boot_root[512], boot_low_pointers[512], boot_image_directory[512];
extern u64 boot_image_tables[2 * 512], boot_window_table[512];
extern char kernel_image_start[], kernel_image_end[], kernel_text_start[], kernel_text_end[];
extern char kernel_rodata_start[], kernel_rodata_end[], boot_stack_guard[];
}

void map_kernel_image() noexcept {
    auto address = [](const void* p) {
        return reinterpret_cast<u64>(p);
    };
    const u64 first = (address(kernel_image_start) - kernel_image_base) / page_size;
    const u64 end = (address(kernel_image_end) - kernel_image_base) / page_size;
    for (u64 page = first; page < end; ++page) {
        const u64 at = kernel_image_base + page * page_size;
        u64 bits = page * page_size | present | global;
        if (at >= address(kernel_text_start) && at < address(kernel_text_end))
            ;
        else if (at >= address(kernel_rodata_start) && at < address(kernel_rodata_end))
            bits |= no_execute;
        else
            bits |= writable | no_execute;
        boot_image_tables[page] = at == address(boot_stack_guard) ? 0 : bits;
    }
    for (unsigned i = 0; i < 2; ++i) {
        const u64 table = address(boot_image_tables + 512 * i) - kernel_image_base;
        boot_image_directory[i] = table | present | writable;
    }
    show_identity_map(false);
}

void flush_global() noexcept {
    constexpr u64 global_pages = 0x80;  // turning the feature off and on flushes them
    const u64 cr4 = read_cr4();
    write_cr4(cr4 & ~global_pages);
    write_cr4(cr4);
}

void show_identity_map(bool shown) noexcept {
    boot_root[0] =
        shown ? (reinterpret_cast<u64>(boot_low_pointers) - kernel_image_base) | present | writable
              : 0;
    flush_global();
}

void* map_early(physical_address start, usize bytes, caching mode) noexcept {
    const u64 first = align_down(raw(start), page_size);
    const u64 pages = (align_up(raw(start) + bytes, page_size) - first) / page_size;
    ensure(window_used + pages <= window_pages, "too many early device mappings");
    const virtual_address at = window_base + window_used * page_size;
    for (u64 i = 0; i < pages; ++i) {
        u64 bits = (first + i * page_size) | present | writable | global | no_execute;
        if (mode != caching::write_back)
            bits |= cache_disable | write_through;
        boot_window_table[window_used++] = bits;
    }
    return reinterpret_cast<void*>(at + (raw(start) - first));
}

}  // namespace osprey::arch
