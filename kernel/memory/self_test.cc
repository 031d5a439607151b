// SPDX-License-Identifier: BSD-3-Clause
#include <base/heap.hh>
#include <base/log.hh>
#include <memory/address_space.hh>
#include <memory/frames.hh>
#include <memory/initialize.hh>
#include <memory/kernel_map.hh>
#include <memory/self_test.hh>
#include <memory/user_pointer.hh>
#include <sched/thread.hh>

// `--selftest=memory`: frames, heap and kernel mappings; address spaces and objects have files of
// their own. Everything runs in the thread that calls, on the real machine.

namespace osprey::memory {
namespace {

bool heap_keeps_contents(random_sequence& random) noexcept {
    constexpr usize slots = 512;
    struct block {
        u8* memory;
        usize bytes;
    };
    auto* blocks = static_cast<block*>(allocate(slots * sizeof(block)));
    if (!blocks)
        return false;
    __builtin_memset(blocks, 0, slots * sizeof(block));
    bool good = true;
    auto drop = [&](usize i) {
        block& b = blocks[i];
        for (usize at = 0; at < b.bytes; at += b.bytes / 7 + 1)
            good = good && b.memory[at] == static_cast<u8>(i);
        deallocate(b.memory, b.bytes);
        b = {};
    };
    for (int step = 0; step < 20000; ++step) {
        const usize i = random.below(slots);
        if (blocks[i].memory) {
            drop(i);
            continue;
        }
        const usize bytes = 1 + random.below(random.below(50) == 0 ? 40000 : 600);
        const usize alignment = usize{1} << random.below(13);
        auto* memory = static_cast<u8*>(allocate(bytes, alignment));
        if (!memory)
            continue;
        good = good && is_aligned(reinterpret_cast<u64>(memory), alignment);
        __builtin_memset(memory, static_cast<int>(i), bytes);
        blocks[i] = {memory, bytes};
    }
    for (usize i = 0; i < slots; ++i)
        if (blocks[i].memory)
            drop(i);
    deallocate(blocks, slots * sizeof(block));
    return good;
}

bool large_blocks_survive_splitting(random_sequence&) noexcept {
    for (int round = 0; round < 8; ++round) {
        frame* f = try_allocate_frames(buddy::largest_order);
        if (!f)
            return managed_frames() < 4096;
        split_frames(f);
        for (unsigned i = 0; i < buddy::block_frames; ++i)
            release_frame(f + i * 7 % buddy::block_frames);
        drain_frame_cache();
    }
    return true;
}

bool kernel_mappings_work(random_sequence&) noexcept {
    virtual_address stacks[20];
    for (auto& s : stacks) {
        auto stack = allocate_kernel_stack(sched::thread::kernel_stack_bytes);
        if (!stack)
            return false;
        s = *stack;
        __builtin_memset(reinterpret_cast<void*>(s), 0x5a, sched::thread::kernel_stack_bytes);
    }
    for (auto s : stacks)
        free_kernel_stack(s, sched::thread::kernel_stack_bytes);
    if (managed_frames() < 8192)
        return true;
    constexpr usize bytes = 6 << 20;
    auto* table = static_cast<u8*>(allocate(bytes));
    if (!table)
        return false;
    table[0] = 1, table[bytes - 1] = 2;
    deallocate(table, bytes);
    auto dma = allocate_contiguous(3 << 20, 32);
    if (!dma || raw(*dma) + (3 << 20) > u64{1} << 32)
        return false;
    free_contiguous(*dma, 3 << 20);
    return true;
}

struct test_case {
    const char* name;
    bool (*run)(random_sequence&) noexcept;
};
constexpr test_case cases[] = {
    {"heap keeps contents", heap_keeps_contents},
    {"large blocks survive splitting", large_blocks_survive_splitting},
    {"kernel mappings work", kernel_mappings_work},
    {"regions agree with a model", regions_agree_with_a_model},
    {"large pages split and move", large_pages_split_and_move},
    {"threads share an address space", threads_share_an_address_space},
    {"objects agree with a model", objects_agree_with_a_model},
    {"file mappings share and copy", file_mappings_share_and_copy},
    {"truncation reaches mappings", truncation_reaches_mappings},
    {"faults survive eviction", faults_survive_eviction},
    {"running out is survived", running_out_is_survived},
    {"eviction frees clean pages", eviction_frees_clean_pages},
};

}  // namespace

bool self_test() noexcept {
    random_sequence random;
    bool good = true;
    // The first run fills caches that stay full; what the second leaves behind is a leak
    u64 free_before = 0;
    for (int round = 0; round < 2; ++round) {
        drain_frame_cache();
        free_before = get_statistics().free;
        for (const test_case& t : cases) {
            const bool passed = t.run(random);
            if (!passed)
                log::error("selftest memory: {}: FAILED", t.name);
            else if (round == 0)
                log::notice("selftest memory: {}: ok", t.name);
            good = good && passed;
        }
    }
    const u64 free_after = get_statistics().free;
    log::notice("selftest memory: {} frames free before the second round, {} after", free_before,
                free_after);
    if (free_before > free_after + 256) {
        log::error("selftest memory: {} frames lost", free_before - free_after);
        good = false;
    }
    measure_memory();
    return good;
}

}  // namespace osprey::memory
