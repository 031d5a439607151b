// SPDX-License-Identifier: BSD-3-Clause
#include <arch/per_cpu.hh>
#include <memory/context.hh>
#include <memory/frames.hh>
#include <memory/kernel_map.hh>
#include <memory/page_table.hh>
#include <new>
#include <sync/mutex.hh>
#include <trace/tracepoint.hh>

// Addresses outside the direct map: stacks with guard pages, device memory, large tables. One entry
// of the root, made at boot and shared by all page tables, leads to everything here.

namespace osprey::memory {
namespace {

using arch::protection;

/// A range of addresses that is free again.
struct free_range {
    virtual_address start;
    usize bytes;
    free_range* next;
};

struct address_pool {
    sync::mutex mutex{sync::lock_rank::heap};
    virtual_address next = arch::kernel_map_base;
    free_range* free = nullptr;
};
constinit address_pool pool;

/// Addresses for `bytes`, with an unmapped page before and after (ranges follow each other with a
/// page between).
result<virtual_address> take_addresses(usize bytes) noexcept {
    bytes = align_up(bytes, page_size) + page_size;
    free_range* reused = nullptr;
    virtual_address start = 0;
    {
        sync::lock_guard guard{pool.mutex};
        for (free_range** link = &pool.free; *link; link = &(*link)->next)
            if ((*link)->bytes == bytes) {
                reused = *link;
                *link = reused->next;
                break;
            }
        if (!reused) {
            if (bytes > arch::kernel_map_end - pool.next)
                return errc::out_of_memory;
            start = pool.next;
            pool.next += bytes;
        }
    }
    if (reused) {
        start = reused->start;
        delete reused;
    }
    return start + page_size;
}

void give_addresses(virtual_address start, usize bytes) noexcept {
    auto* range = new (std::nothrow)
        free_range{start - page_size, align_up(bytes, page_size) + page_size, nullptr};
    if (!range)
        return;  // of 512 GB of addresses, some are lost
    sync::lock_guard guard{pool.mutex};
    range->next = pool.free;
    pool.free = range;
}

constexpr auto kernel_data = protection::read | protection::write;

/// Takes down mappings of ordinary memory and frees the frames.
void unmap_frames(virtual_address start, usize bytes) noexcept {
    frame* doomed = nullptr;
    frame_number chain = 0;
    for (virtual_address at = start; at < start + bytes; at += page_size) {
        entry_slot* slot = find_slot(kernel_root(), at, 0);
        if (!slot)
            continue;
        page_table_entry e = slot->exchange({});
        if (!e.present())
            continue;
        doomed = ram_frame(e.frame());
        doomed->next = chain;
        chain = number_of(doomed);
    }
    arch::flush_everywhere(start, bytes);
    while (chain) {
        frame* f = frame_table() + chain;
        chain = f->next;
        release_frame(f);
    }
}

result<void> map_frames(virtual_address start, usize bytes) noexcept {
    for (virtual_address at = start; at < start + bytes; at += page_size) {
        auto f = allocate_frames();
        auto slot = f ? make_slot(kernel_root(), at, 0) : errc::out_of_memory;
        if (!slot) {
            if (f)
                release_frame(*f);
            unmap_frames(start, at - start);
            return errc::out_of_memory;
        }
        (*slot)->store(page_table_entry::leaf(address_of(*f), kernel_data, false));
    }
    return {};
}

/// Stacks of finished threads, ready for the next: still mapped, linked through their lowest word.
struct stack_list {
    virtual_address first = 0;
    u32 count = 0;

    void push(virtual_address stack) noexcept {
        *reinterpret_cast<virtual_address*>(stack) = first;
        first = stack;
        ++count;
    }
    virtual_address pop() noexcept {
        const virtual_address stack = first;
        if (stack != 0) {
            first = *reinterpret_cast<virtual_address*>(stack);
            --count;
        }
        return stack;
    }
};
OSPREY_PER_CPU(stack_list, stacks);
constexpr usize cached_stack_bytes = 16 * 1024;

/// Threads are made by one CPU and freed by another: this is how stacks come back. Unmapping one
/// would interrupt all CPUs.
struct stack_pool {
    sync::mutex mutex{sync::lock_rank::heap};
    stack_list list;
};
constinit stack_pool spare_stacks;

u32 most_in_cache() noexcept {
    return managed_frames() < small_machine_frames ? 2 : 16;
}
u32 most_in_pool() noexcept {
    return static_cast<u32>(managed_frames() >> 10);  // 0.4 % of memory
}

void move_stacks(stack_list& from, stack_list& to, u32 most) noexcept {
    while (to.count < most)
        if (virtual_address stack = from.pop())
            to.push(stack);
        else
            return;
}

/// @return zero: none left.
virtual_address reuse_stack() noexcept {
    {
        arch::preempt_guard guard;
        if (virtual_address stack = stacks.mine().pop())
            return stack;
    }
    stack_list taken;
    {
        sync::lock_guard guard{spare_stacks.mutex};
        move_stacks(spare_stacks.list, taken, most_in_cache() / 2);
    }
    const virtual_address stack = taken.pop();
    arch::preempt_guard guard;
    move_stacks(taken, stacks.mine(), ~u32{0});
    return stack;
}

void unmap_stack(virtual_address lowest, usize bytes) noexcept {
    unmap_frames(lowest, bytes);
    count(usage.kernel_stacks, -static_cast<i64>(bytes >> page_shift));
    give_addresses(lowest, bytes);
}

}  // namespace

TRACEPOINT(memory, memory_stack_alloc, u64 bytes);
result<virtual_address> allocate_kernel_stack(usize bytes) noexcept {
    TRACE(memory_stack_alloc, bytes);
    if (bytes == cached_stack_bytes)
        if (virtual_address stack = reuse_stack())
            return stack;
    virtual_address start = TRY(take_addresses(bytes));
    if (auto mapped = map_frames(start, bytes); !mapped) {
        give_addresses(start, bytes);
        return mapped.error();
    }
    count(usage.kernel_stacks, static_cast<i64>(bytes >> page_shift));
    return start;
}

TRACEPOINT(memory, memory_stack_free, trace::address stack);
void free_kernel_stack(virtual_address lowest, usize bytes) noexcept {
    TRACE(memory_stack_free, lowest);
    if (bytes != cached_stack_bytes)
        return unmap_stack(lowest, bytes);
    stack_list surplus;
    {
        arch::preempt_guard guard;
        stack_list& mine = stacks.mine();
        mine.push(lowest);
        // With preemption off (count above this guard's) there is no way but to keep it
        if (mine.count <= most_in_cache() || !may_sleep(1))
            return;
        move_stacks(mine, surplus, most_in_cache() / 2);
    }
    {
        sync::lock_guard guard{spare_stacks.mutex};
        move_stacks(surplus, spare_stacks.list, most_in_pool());
    }
    while (virtual_address stack = surplus.pop())
        unmap_stack(stack, bytes);
}

TRACEPOINT(memory, memory_map_device, trace::address physical, u64 bytes);
result<void*> map_device(physical_address start, usize bytes, arch::caching mode) noexcept {
    TRACE(memory_map_device, raw(start), bytes);
    const u64 first = align_down(raw(start), page_size);
    const u64 size = align_up(raw(start) + bytes, page_size) - first;
    virtual_address at = TRY(take_addresses(size));
    for (u64 i = 0; i < size; i += page_size) {
        auto slot = make_slot(kernel_root(), at + i, 0);
        if (!slot) {
            unmap_device(reinterpret_cast<void*>(at), i);
            return slot.error();
        }
        (*slot)->store(
            page_table_entry::leaf(physical_address{first + i}, kernel_data, false, mode));
    }
    return reinterpret_cast<void*>(at + (raw(start) - first));
}

void unmap_device(void* address, usize bytes) noexcept {
    const virtual_address at = reinterpret_cast<virtual_address>(address);
    const virtual_address first = align_down(at, page_size);
    const u64 size = align_up(at + bytes, page_size) - first;
    for (u64 i = 0; i < size; i += page_size)
        if (entry_slot* slot = find_slot(kernel_root(), first + i, 0))
            slot->store({});
    arch::flush_everywhere(first, size);
    give_addresses(first, size);
}

result<void*> map_memory(usize bytes) noexcept {
    bytes = align_up(bytes, page_size);
    virtual_address start = TRY(take_addresses(bytes));
    if (auto mapped = map_frames(start, bytes); !mapped) {
        give_addresses(start, bytes);
        return mapped.error();
    }
    count(usage.slab, static_cast<i64>(bytes >> page_shift));
    return reinterpret_cast<void*>(start);
}

void unmap_memory(void* address, usize bytes) noexcept {
    bytes = align_up(bytes, page_size);
    const virtual_address start = reinterpret_cast<virtual_address>(address);
    unmap_frames(start, bytes);
    count(usage.slab, -static_cast<i64>(bytes >> page_shift));
    give_addresses(start, bytes);
}

}  // namespace osprey::memory
