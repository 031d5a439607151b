// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <base/assert.hh>
#include <base/log.hh>
#include <memory/frames.hh>
#include <memory/initialize.hh>
#include <memory/kernel_map.hh>
#include <memory/page_table.hh>
#include <memory/reclaim.hh>
#include <new>

// From the list of free memory to a working frame allocator. Tables that are needed on the way come
// from the top of the free memory that the early page tables show.

namespace osprey::memory {
namespace {

constexpr usize max_free_ranges = 160;

struct early_state {
    boot_range free[max_free_ranges];
    usize count = 0;
    u64 mapped = 0;
};
constinit early_state early;
constinit physical_address root_table{};

/// Cuts `bytes`, aligned, off the top of a free range that ends up below `limit`, or fails.
physical_address take(u64 bytes, u64 alignment, u64 limit) noexcept {
    for (usize i = early.count; i-- > 0;) {
        boot_range& r = early.free[i];
        u64 start = raw(r.start), end = start + r.bytes;
        if (std::min(end, limit) < start + bytes)
            continue;
        u64 at = align_down(std::min(end, limit) - bytes, alignment);
        if (at < start)
            continue;
        u64 above = end - (at + bytes);
        r.bytes = at - start;
        if (above) {
            ensure(early.count < max_free_ranges, "memory map too fragmented");
            std::copy_backward(early.free + i + 1, early.free + early.count,
                               early.free + early.count + 1);
            early.free[i + 1] = {physical_address{at + bytes}, above};
            ++early.count;
        }
        return physical_address{at};
    }
    panic("not enough memory for the kernel's tables");
}

physical_address take_table() noexcept {
    physical_address table = take(page_size, page_size, early.mapped);
    arch::clear_memory(arch::direct(table), page_size);
    count(usage.page_tables, 1);
    return table;
}

/// Kernel data: readable, writable, not executable, in all page tables.
page_table_entry kernel_leaf(physical_address a, bool large) noexcept {
    return page_table_entry::leaf(a, arch::protection::read | arch::protection::write, large)
        .as_global();
}

/// The slot for `address` at `level`, making tables; null when something larger maps it already.
entry_slot* early_slot(virtual_address address, unsigned level) noexcept {
    physical_address table = root_table;
    for (unsigned at = arch::page_table_levels - 1; at > level; --at) {
        entry_slot& slot = slot_in(table, address, at);
        if (slot.load().empty())
            slot.store(page_table_entry::table(take_table()));
        if (slot.load().large())
            return nullptr;
        table = slot.load().frame();
    }
    return &slot_in(table, address, level);
}

void map_directly(const boot_range& ram) noexcept {
    const u64 end = align_up(raw(ram.start) + ram.bytes, large_page_size);
    const bool huge = arch::has_huge_pages();
    const u64 huge_span = arch::entry_span(2);
    for (u64 at = align_down(raw(ram.start), large_page_size); at < end;) {
        virtual_address where = arch::direct_map_base + at;
        unsigned level = huge && is_aligned(at, huge_span) && end - at >= huge_span ? 2 : 1;
        entry_slot* slot = early_slot(where, level);
        if (slot && slot->load().empty())
            slot->store(kernel_leaf(physical_address{at}, true));
        at += arch::entry_span(level);
    }
}

/// Descriptors for whole 2 MB blocks around `ram`.
void map_frame_table(const boot_range& ram) noexcept {
    const u64 block_bytes = sizeof(frame) * buddy::block_frames;
    virtual_address at = arch::frame_table_base + align_down(raw(ram.start), large_page_size) /
                                                      large_page_size * block_bytes;
    const virtual_address end =
        arch::frame_table_base +
        align_up(raw(ram.start) + ram.bytes, large_page_size) / large_page_size * block_bytes;
    while (at < end) {
        if (is_aligned(at, large_page_size) && end - at >= large_page_size &&
            early_slot(at, 1)->load().empty()) {
            physical_address p = take(large_page_size, large_page_size, ~u64{0});
            early_slot(at, 1)->store(kernel_leaf(p, true));
            at += large_page_size;
            continue;
        }
        entry_slot* slot = early_slot(at, 0);
        if (slot && slot->load().empty())
            slot->store(kernel_leaf(take(page_size, page_size, ~u64{0}), false));
        at += page_size;
    }
}

/// Is every frame of the 2 MB block at `start` free?
bool wholly_free(u64 start) noexcept {
    for (usize i = 0; i < early.count; ++i)
        if (raw(early.free[i].start) <= start &&
            raw(early.free[i].start) + early.free[i].bytes >= start + large_page_size)
            return true;
    return false;
}

void describe(const boot_range& ram) noexcept {
    const u64 end = align_up(raw(ram.start) + ram.bytes, large_page_size);
    for (u64 at = align_down(raw(ram.start), large_page_size); at < end; at += large_page_size) {
        frame* block = ram_frame(physical_address{at});
        if (wholly_free(at)) {
            (new (block) frame)->set(frame::untouched);
            continue;
        }
        for (usize i = 0; i < buddy::block_frames; ++i) {
            frame* f = new (block + i) frame;
            f->references.store(1, std::memory_order_relaxed);
            f->set(frame::reserved);
        }
    }
}

/// Frame `n` begins or continues a free run: its descriptor gives up `reserved`.
void hand_over(const boot_range& r) noexcept {
    u64 at = raw(r.start), end = at + r.bytes;
    while (at < end) {
        u64 stop = std::min(end, align_down(at, large_page_size) + large_page_size);
        frame_number first = static_cast<frame_number>(at >> page_shift);
        frame_number frames = static_cast<frame_number>((stop - at) >> page_shift);
        if (frames != buddy::block_frames)
            for (frame_number i = 0; i < frames; ++i) {
                frame& f = frame_table()[first + i];
                f.references.store(0, std::memory_order_relaxed);
                f.flags.store(0, std::memory_order_relaxed);
            }
        add_free_frames(first, frames);
        at = stop;
    }
}

}  // namespace

physical_address kernel_root() noexcept {
    return root_table;
}

void initialize(const boot_memory& boot) noexcept {
    root_table = arch::loaded_page_table();
    arch::load_page_table(root_table);
    ensure(boot.free.size() <= max_free_ranges, "memory map too fragmented");
    std::copy(boot.free.begin(), boot.free.end(), early.free);
    early.count = boot.free.size();
    early.mapped = boot.mapped;

    for (const boot_range& r : boot.ram)
        map_directly(r);
    for (const boot_range& r : boot.ram)
        map_frame_table(r);
    // The top-level entry of the kernel map must exist before a page table copies it
    early_slot(arch::kernel_map_base, arch::page_table_levels - 2);

    declare_ram(boot.ram);
    for (const boot_range& r : boot.ram)
        describe(r);
    for (usize i = 0; i < early.count; ++i)
        hand_over(early.free[i]);
    finish_frames();
    log::info("memory: {} KB in {} pieces, {} KB free", managed_frames() * (page_size / 1024),
              boot.ram.size(), free_frame_count() * (page_size / 1024));
}

void initialize_late() noexcept {
    start_reclaim();
}

}  // namespace osprey::memory
