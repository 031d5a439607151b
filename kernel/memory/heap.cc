// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <arch/per_cpu.hh>
#include <base/assert.hh>
#include <base/heap.hh>
#include <memory/context.hh>
#include <memory/frames.hh>
#include <memory/inventory.hh>
#include <memory/kernel_map.hh>
#include <memory/size_class.hh>
#include <sync/mutex.hh>
#include <trace/tracepoint.hh>

// The kernel heap: per-CPU bins of free objects in front of slabs of one page each. What is larger
// than half a page comes from the frame allocator, and beyond 4 MB from the kernel map.

namespace osprey::memory {
namespace {

/// A free object starts with the link to the next.
struct free_object {
    free_object* next;
};

/// Free objects of this CPU; touched with preemption off only.
struct bin {
    free_object* first = nullptr;
    u32 count = 0;
};

/// Large memory that was freed while preemption was off and waits to go back.
struct deferred_memory {
    deferred_memory* next;
    usize bytes;
};

struct heap_cache {
    bin bins[class_count];
    deferred_memory* deferred = nullptr;
};
OSPREY_PER_CPU(heap_cache, caches);

/// A slab is described by its frame alone: `object` is the list of free objects, `index` packs size
/// class, objects in use and objects carved so far.
class slab {
public:
    explicit slab(frame* f) noexcept : f_{*f} {}

    void initialize(usize size_class) noexcept {
        f_.object = nullptr;
        f_.index = size_class;
        f_.set(frame::slab);
    }
    [[nodiscard]] usize size_class() const noexcept { return f_.index & 0xff; }
    [[nodiscard]] u32 used() const noexcept { return f_.index >> 16 & 0xffff; }
    [[nodiscard]] u32 carved() const noexcept { return static_cast<u32>(f_.index >> 32); }
    [[nodiscard]] bool full() const noexcept {
        return f_.object == nullptr && carved() == page_size / class_sizes[size_class()];
    }

    free_object* take() noexcept {
        auto* o = reinterpret_cast<free_object*>(f_.object);
        if (o) {
            f_.object = reinterpret_cast<vm_object*>(o->next);
        } else {
            o = reinterpret_cast<free_object*>(static_cast<char*>(data_of(&f_)) +
                                               carved() * class_sizes[size_class()]);
            f_.index += u64{1} << 32;
        }
        f_.index += 1 << 16;
        return o;
    }
    void give(free_object* o) noexcept {
        o->next = reinterpret_cast<free_object*>(f_.object);
        f_.object = reinterpret_cast<vm_object*>(o);
        f_.index -= 1 << 16;
    }

private:
    frame& f_;
};

/// Slabs of one size class that are neither full nor in a CPU's hands.
struct back_end {
    sync::mutex mutex{sync::lock_rank::heap};
    frame_number partial = 0;
    u32 empty_slabs = 0;  // among them, kept for the next burst
    u64 slabs = 0;        // all there are
    u64 given_out = 0;    // objects in use or in a bin

    void link(frame_number n) noexcept {
        frame& f = frame_table()[n];
        f.next = partial;
        f.previous = 0;
        if (partial)
            frame_table()[partial].previous = n;
        partial = n;
    }
    void unlink(frame_number n) noexcept {
        frame& f = frame_table()[n];
        (f.previous ? frame_table()[f.previous].next : partial) = f.next;
        if (f.next)
            frame_table()[f.next].previous = f.previous;
    }
};
constinit back_end back_ends[class_count];

constexpr u32 batch_of(usize size_class) noexcept {
    return std::clamp<u32>(1024 / class_sizes[size_class], 2, 16);
}

/// Moves up to a batch of objects from slabs to `chain`. Mutex held.
u32 collect(back_end& b, usize size_class, free_object*& chain) noexcept {
    u32 n = 0;
    const u32 want = batch_of(size_class);
    while (n < want && b.partial) {
        frame_number number = b.partial;
        slab s{&frame_table()[number]};
        if (s.used() == 0)
            --b.empty_slabs;
        while (n < want && !s.full()) {
            free_object* o = s.take();
            o->next = chain;
            chain = o;
            ++n;
        }
        if (s.full())
            b.unlink(number);
    }
    b.given_out += n;
    return n;
}

TRACEPOINT(memory, memory_refill_heap, u32 size_class);
void* refill(usize size_class) noexcept {
    TRACE(memory_refill_heap, static_cast<u32>(size_class));
    back_end& b = back_ends[size_class];
    free_object* chain = nullptr;
    u32 n;
    {
        sync::lock_guard guard{b.mutex};
        n = collect(b, size_class, chain);
    }
    if (n == 0) {
        auto page = allocate_kernel_frames();
        if (!page)
            return nullptr;
        slab{*page}.initialize(size_class);
        count(usage.slab, 1);
        sync::lock_guard guard{b.mutex};
        b.link(number_of(*page));
        ++b.empty_slabs;
        ++b.slabs;
        n = collect(b, size_class, chain);
    }
    free_object* mine = chain;
    free_object* rest = chain->next;
    if (rest) {
        free_object* last = rest;
        while (last->next)
            last = last->next;
        arch::preempt_guard guard;
        bin& target = caches.mine().bins[size_class];
        last->next = target.first;
        target.first = rest;
        target.count += n - 1;
    }
    return mine;
}

void return_chain(usize size_class, free_object* chain) noexcept {
    back_end& b = back_ends[size_class];
    frame* surplus[32];
    u32 surplus_count = 0;
    {
        sync::lock_guard guard{b.mutex};
        while (chain) {
            free_object* o = chain;
            chain = o->next;
            frame* f = ram_frame(arch::physical_of_direct(o));
            slab s{f};
            bool was_full = s.full();
            s.give(o);
            --b.given_out;
            if (was_full)
                b.link(number_of(f));
            if (s.used() != 0)
                continue;
            if (b.empty_slabs < 1 || surplus_count == std::size(surplus)) {
                ++b.empty_slabs;
            } else {
                b.unlink(number_of(f));
                --b.slabs;
                surplus[surplus_count++] = f;
            }
        }
    }
    for (u32 i = 0; i < surplus_count; ++i)
        release_frame(surplus[i]);
    if (surplus_count)
        count(usage.slab, -static_cast<i64>(surplus_count));
}

bool in_kernel_map(const void* p) noexcept {
    return reinterpret_cast<u64>(p) - arch::kernel_map_base <
           arch::kernel_map_end - arch::kernel_map_base;
}

void release_large(void* memory, usize bytes) noexcept {
    if (in_kernel_map(memory)) {
        unmap_memory(memory, bytes);
        return;
    }
    count(usage.slab, -static_cast<i64>(align_up(bytes, page_size) >> page_shift));
    physical_address a = arch::physical_of_direct(memory);
    if (bytes <= page_size)
        release_frame(ram_frame(a));
    else
        free_contiguous(a, bytes);
}

TRACEPOINT(memory, memory_malloc_large, u64 bytes);
void* allocate_large(usize bytes) noexcept {
    TRACE(memory_malloc_large, bytes);
    if (bytes > 2 * large_page_size) {
        auto mapped = map_memory(bytes);
        return mapped ? *mapped : nullptr;
    }
    physical_address a;
    if (bytes <= page_size) {
        auto f = allocate_kernel_frames();
        if (!f)
            return nullptr;
        a = address_of(*f);
    } else {
        auto range = allocate_contiguous(bytes);
        if (!range) {
            auto mapped = map_memory(bytes);  // memory is fragmented
            return mapped ? *mapped : nullptr;
        }
        a = *range;
    }
    count(usage.slab, static_cast<i64>(align_up(bytes, page_size) >> page_shift));
    return arch::direct(a);
}

void drain_deferred() noexcept {
    deferred_memory* d;
    {
        arch::preempt_guard guard;
        d = std::exchange(caches.mine().deferred, nullptr);
    }
    while (d) {
        deferred_memory* next = d->next;
        release_large(d, d->bytes);
        d = next;
    }
}

TRACEPOINT(memory, memory_free_large, trace::address memory, u64 bytes);
void deallocate_large(void* memory, usize bytes) noexcept {
    TRACE(memory_free_large, memory, bytes);
    if (may_sleep()) {
        release_large(memory, bytes);
        drain_deferred();
        return;
    }
    arch::preempt_guard guard;
    auto* d = static_cast<deferred_memory*>(memory);
    d->bytes = bytes;
    d->next = caches.mine().deferred;
    caches.mine().deferred = d;
}

}  // namespace

void for_each_heap_class(void (*visit)(const heap_inventory&, void*), void* context) noexcept {
    for (usize c = 0; c < class_count; ++c) {
        heap_inventory told{class_sizes[c], 0, 0};
        {
            sync::lock_guard guard{back_ends[c].mutex};
            told.slabs = back_ends[c].slabs;
            told.objects_used = back_ends[c].given_out;
        }
        u64 in_bins = 0;
        for (u32 cpu = 0; cpu < arch::cpu_count(); ++cpu)
            in_bins += __atomic_load_n(&caches.of(cpu).bins[c].count, __ATOMIC_RELAXED);
        told.objects_used -= in_bins < told.objects_used ? in_bins : told.objects_used;
        visit(told, context);
    }
}

}  // namespace osprey::memory

namespace osprey {

using namespace memory;

TRACEPOINT(memory, memory_malloc, u64 bytes, u64 alignment);
void* allocate(usize bytes, usize alignment) noexcept {
    TRACE(memory_malloc, bytes, alignment);
    const usize c = size_class_for(bytes, alignment);
    if (c == class_count)
        return may_sleep() ? allocate_large(std::max(bytes, alignment)) : nullptr;
    {
        arch::preempt_guard guard;
        bin& b = caches.mine().bins[c];
        if (free_object* o = b.first) [[likely]] {
            b.first = o->next;
            --b.count;
            return o;
        }
    }
    return may_sleep() ? refill(c) : nullptr;
}

TRACEPOINT(memory, memory_free, trace::address memory, u64 bytes);
void deallocate(void* memory, usize bytes) noexcept {
    TRACE(memory_free, memory, bytes);
    if (!memory)
        return;
    // A strictly aligned object may live in a larger class than its size tells, or in a page
    usize c = class_count;
    if (bytes <= largest_class) {
        frame* f = ram_frame(arch::physical_of_direct(memory));
        if (!f->has(frame::slab))
            return deallocate_large(memory, page_size);
        c = slab{f}.size_class();
    }
    if (c == class_count)
        return deallocate_large(memory, bytes);
    auto* o = static_cast<free_object*>(memory);
    free_object* surplus = nullptr;
    {
        arch::preempt_guard guard;
        bin& b = caches.mine().bins[c];
        o->next = b.first;
        b.first = o;
        const u32 batch = batch_of(c);
        // Count 1: nothing but this guard forbids the mutex of the back end
        if (++b.count > 2 * batch && may_sleep(1)) [[unlikely]] {
            surplus = b.first;
            free_object* last = surplus;
            for (u32 i = 1; i < batch; ++i)
                last = last->next;
            b.first = last->next;
            last->next = nullptr;
            b.count -= batch;
        }
    }
    if (surplus) [[unlikely]]
        return_chain(c, surplus);
}

}  // namespace osprey
