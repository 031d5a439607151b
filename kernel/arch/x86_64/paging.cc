// SPDX-License-Identifier: BSD-3-Clause
#include <arch/calls.hh>
#include <arch/cpu.hh>
#include <arch/paging.hh>
#include <arch/per_cpu.hh>
#include <atomic>

// Loading page tables and TLB shootdown.

namespace osprey::arch {
namespace {

/// Up to here, single invalidations are cheaper than losing the whole TLB.
constexpr usize single_flush_limit = 32 * page_size;

/// `root` is what a CPU may have cached translations of. Written before CR3 when a space is
/// entered, so that a flusher that misses the entry knows the CPU has walked no stale table: the
/// load of CR3 comes after.
enum tlb_state : u32 {
    tlb_in_use,
    tlb_lazy,   // no application code runs here; flush on the way back if need be
    tlb_stale,  // lazy, and a shootdown passed by
};

struct cpu_tlb {
    std::atomic<u64> root;
    std::atomic<u32> state;
};
OSPREY_PER_CPU(cpu_tlb, tlbs);

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

/// Has CPU `id` to be interrupted for a change of the table at `root`?
bool must_interrupt(u32 id, physical_address root, bool may_be_lazy) noexcept {
    cpu_tlb& tlb = tlbs.of(id);
    if (tlb.root.load(std::memory_order_relaxed) != raw(root))
        return false;
    u32 state = tlb.state.load(std::memory_order_relaxed);
    if (!may_be_lazy || state == tlb_in_use)
        return true;
    return !(state == tlb_stale || tlb.state.compare_exchange_strong(state, tlb_stale) ||
             state == tlb_stale);
}

/// Interrupts all CPUs that have to be, at once, and waits. Preemption off.
void flush_others(physical_address root, flush_request request, bool may_be_lazy) noexcept {
    cpu_mask others;
    bool any = false;
    for (u32 i = 0, self = cpu_id(), count = cpu_count(); i < count; ++i)
        if (i != self && must_interrupt(i, root, may_be_lazy)) {
            others.set(i);
            any = true;
        }
    if (any)
        call_on_cpus(
            others,
            [](void* argument) {
                auto* r = static_cast<flush_request*>(argument);
                flush_range(r->start, r->bytes);
            },
            &request);
}

void shoot_down(physical_address root, virtual_address start, usize bytes,
                bool may_be_lazy) noexcept {
    // The entries were changed before; order that against looking who uses them
    std::atomic_thread_fence(std::memory_order_seq_cst);
    preempt_guard stay;
    if (cpu_count() > 1)
        flush_others(root, {start, bytes}, may_be_lazy);
    if (tlbs.mine().root.load(std::memory_order_relaxed) == raw(root))
        flush_range(start, bytes);
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
    cpu_tlb& tlb = tlbs.mine();
    // From here on a flusher interrupts us again; what it left to us before is in the old state
    const bool missed = tlb.state.load(std::memory_order_relaxed) != tlb_in_use &&
                        tlb.state.exchange(tlb_in_use, std::memory_order_seq_cst) == tlb_stale;
    if (tlb.root.load(std::memory_order_relaxed) == raw(root) && !missed)
        return;
    tlb.root.store(raw(root), std::memory_order_seq_cst);
    asm volatile("movq %0, %%cr3" ::"r"(raw(root)) : "memory");
}

void enter_lazy_page_table() noexcept {
    cpu_tlb& tlb = tlbs.mine();
    if (tlb.state.load(std::memory_order_relaxed) == tlb_in_use)
        tlb.state.store(tlb_lazy, std::memory_order_release);
}

void flush_local(virtual_address address) noexcept {
    asm volatile("invlpg (%0)" ::"r"(address) : "memory");
}

void flush_local() noexcept {
    u64 root;
    asm volatile("movq %%cr3, %0; movq %0, %%cr3" : "=r"(root)::"memory");
}

void flush_page_table(physical_address root, virtual_address start, usize bytes) noexcept {
    shoot_down(root, start, bytes, true);
}

void flush_freed_tables(physical_address root, virtual_address start, usize bytes) noexcept {
    shoot_down(root, start, bytes, false);
}

void leave_page_table(physical_address root, physical_address instead) noexcept {
    struct roots {
        physical_address left, next;
    } change{root, instead};
    for (u32 i = 0, count = cpu_count(); i < count; ++i)
        if (tlbs.of(i).root.load(std::memory_order_relaxed) == raw(root))
            call_on_cpu(
                i,
                [](void* argument) {
                    auto* c = static_cast<roots*>(argument);
                    if (tlbs.mine().root.load(std::memory_order_relaxed) == raw(c->left))
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
