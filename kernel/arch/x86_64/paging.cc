// SPDX-License-Identifier: BSD-3-Clause
#include <arch/paging.hh>
#include <arch/per_cpu.hh>
#include <atomic>

// Loading page tables and TLB shootdown.

namespace osprey::arch {
namespace {

/// Up to here, single invalidations are cheaper than losing the whole TLB.
constexpr usize single_flush_limit = 32 * page_size;

/// What this CPU may have cached translations of. Written before CR3 when a space is entered, so
/// that a flusher that misses the entry knows the CPU has walked no stale table: the load of CR3
/// comes after.
OSPREY_PER_CPU(std::atomic<u64>, loaded_root);

struct flush_request {
    virtual_address start;
    usize bytes;
};

void flush_range(virtual_address start, usize bytes) noexcept {
    if (bytes > single_flush_limit)
        return flush_local();
    for (virtual_address at = start; at < start + bytes; at += page_size)
        flush_local(at);
}

void flush_kernel_range(virtual_address start, usize bytes) noexcept {
    for (virtual_address at = start; at < start + bytes; at += page_size)
        flush_local(at);
}

}  // namespace

bool has_huge_pages() noexcept {
    u32 a = 0x80000001, b, c = 0, d;
    asm volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    return d >> 26 & 1;
}

physical_address loaded_page_table() noexcept {
    u64 root;
    asm volatile("movq %%cr3, %0" : "=r"(root));
    return physical_address{root & ~u64{0xfff}};
}

void load_page_table(physical_address root) noexcept {
    auto& mine = loaded_root.mine();
    if (mine.load(std::memory_order_relaxed) == raw(root))
        return;
    mine.store(raw(root), std::memory_order_seq_cst);
    asm volatile("movq %0, %%cr3" ::"r"(raw(root)) : "memory");
}

void flush_local(virtual_address address) noexcept {
    asm volatile("invlpg (%0)" ::"r"(address) : "memory");
}

void flush_local() noexcept {
    u64 root;
    asm volatile("movq %%cr3, %0; movq %0, %%cr3" : "=r"(root)::"memory");
}

void flush_page_table(physical_address root, virtual_address start, usize bytes) noexcept {
    // The entries were changed before; order that against looking who uses them
    std::atomic_thread_fence(std::memory_order_seq_cst);
    flush_request request{start, bytes};
    for (u32 i = 0, count = cpu_count(); i < count; ++i) {
        if (loaded_root.of(i).load(std::memory_order_relaxed) != raw(root))
            continue;
        {
            preempt_guard guard;
            if (i == cpu_id()) {
                flush_range(start, bytes);
                continue;
            }
        }
        call_on_cpu(
            i,
            [](void* argument) {
                auto* r = static_cast<flush_request*>(argument);
                flush_range(r->start, r->bytes);
            },
            &request);
    }
}

void leave_page_table(physical_address root, physical_address instead) noexcept {
    struct roots {
        physical_address left, next;
    } change{root, instead};
    for (u32 i = 0, count = cpu_count(); i < count; ++i)
        if (loaded_root.of(i).load(std::memory_order_relaxed) == raw(root))
            call_on_cpu(
                i,
                [](void* argument) {
                    auto* c = static_cast<roots*>(argument);
                    if (loaded_root.mine().load(std::memory_order_relaxed) == raw(c->left))
                        load_page_table(c->next);
                },
                &change);
}

void flush_everywhere(virtual_address start, usize bytes) noexcept {
    if (cpu_count() <= 1)
        return flush_kernel_range(start, bytes);
    flush_request request{start, bytes};
    call_on_all_cpus(
        [](void* argument) {
            auto* r = static_cast<flush_request*>(argument);
            flush_kernel_range(r->start, r->bytes);
        },
        &request);
}

}  // namespace osprey::arch
