// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <arch/per_cpu.hh>
#include <base/assert.hh>
#include <base/log.hh>
#include <memory/context.hh>
#include <memory/frames.hh>
#include <memory/inventory.hh>
#include <memory/reclaim.hh>
#include <new>
#include <sync/mutex.hh>
#include <trace/tracepoint.hh>

// The front of the frame allocator: per-CPU caches of single frames, zones, statistics.

namespace osprey::memory {

constinit usage_counters usage;

namespace {

constexpr frame_number first_high_frame = 1u << (32 - page_shift);  // at 4 GB
constexpr unsigned nodes = 8;

frame* const table = reinterpret_cast<frame*>(arch::frame_table_base);

/// Free frames of one NUMA node on one side of the 4 GB line. A 2 MB block lies in one zone.
struct zone {
    sync::mutex mutex{sync::lock_rank::frames};
    buddy free{reinterpret_cast<frame*>(arch::frame_table_base)};
};

zone& zone_at(unsigned node, bool high) noexcept {
    // Not an array of globals with constructors: reinterpret_cast is no constant expression.
    alignas(zone) static char storage[nodes * 2 * sizeof(zone)];
    return reinterpret_cast<zone*>(storage)[node * 2 + high];
}
zone& zone_of(frame_number n) noexcept {
    return zone_at(table[n].node, n >= first_high_frame);
}

/// Single frames ready for this CPU, linked through `frame::next`. Touched with preemption off.
struct frame_cache {
    frame_number first = 0;
    u32 count = 0;
    frame_number deferred = 0;  // larger blocks freed while preemption was off
    u8 node = 0;
};
OSPREY_PER_CPU(frame_cache, caches);

u32 batch = 8;  // frames moved between a cache and its zone at once
u64 managed = 0;
unsigned node_count = 1;
watermarks marks;
constinit std::atomic<u64> least_free{~u64{0}};  // ever

constexpr usize max_ranges = 64;
boot_range ram_ranges[max_ranges];
usize ram_range_count = 0;

bool is_ram(frame_number n) noexcept {
    return frame_of(physical_address{u64{n} << page_shift}) != nullptr;
}

/// Calls `take(zone)` for each zone in the order of preference until it yields a frame.
template <typename Take>
frame_number take_from_zones(unsigned home, bool low_only, Take&& take) noexcept {
    for (unsigned i = 0; i < node_count; ++i) {
        unsigned node = (home + i) % node_count;
        for (int high = !low_only; high >= 0; --high) {
            zone& z = zone_at(node, high);
            if (z.free.free_frames() == 0)
                continue;
            sync::lock_guard guard{z.mutex};
            if (frame_number n = take(z.free))
                return n;
        }
    }
    return 0;
}

void give_back_block(frame_number n, unsigned order) noexcept {
    zone& z = zone_of(n);
    sync::lock_guard guard{z.mutex};
    z.free.give(n, order);
}

void give_back_chain(frame_number n) noexcept {
    while (n) {
        frame_number next = table[n].next;
        give_back_block(n, table[n].order);
        n = next;
    }
}

/// Cuts up to `want` frames off the front of this CPU's cache. Preemption off.
frame_number cut_chain(frame_cache& cache, u32 want) noexcept {
    frame_number chain = cache.first, last = 0;
    for (u32 i = 0; i < want && cache.first; ++i) {
        last = cache.first;
        cache.first = table[last].next;
        --cache.count;
    }
    if (last)
        table[last].next = 0;
    return last ? chain : 0;
}

/// Who may have the last frames. Without the reserve, a thread that has to allocate while it holds
/// the lock of the pages it would reclaim could not go on.
enum class urgency : u8 { ordinary, kernel };

bool reserve_is_left(unsigned order, urgency need) noexcept {
    if (need == urgency::kernel)
        return true;
    const u64 free = free_frame_count();
    if (free < least_free.load(std::memory_order_relaxed))
        least_free.store(free, std::memory_order_relaxed);
    return free >= marks.minimum + (u64{1} << order);
}

TRACEPOINT(memory, memory_refill_frames);
/// Fetches a batch of single frames from the zones. @return one of them; the rest go to the cache.
frame_number refill(urgency need) noexcept {
    TRACE(memory_refill_frames);
    if (!reserve_is_left(0, need)) [[unlikely]]
        return 0;
    arch::preempt_disable();
    unsigned home = caches.mine().node;
    arch::preempt_enable();
    frame_number chain = 0;
    u32 taken = 0;
    take_from_zones(home, false, [&](buddy& b) -> frame_number {
        taken = b.take_singles(batch, chain);
        return chain;
    });
    if (free_frame_count() < marks.low) [[unlikely]]
        wake_reclaim();
    if (!chain)
        return 0;
    frame_number result = chain;
    chain = table[chain].next;
    if (!chain)
        return result;
    frame_number last = chain;
    while (table[last].next)
        last = table[last].next;
    arch::preempt_guard guard;
    frame_cache& cache = caches.mine();
    table[last].next = cache.first;
    cache.first = chain;
    cache.count += taken - 1;
    return result;
}

frame_number take_frames(unsigned order, urgency need) noexcept {
    if (order == 0) {
        {
            arch::preempt_guard guard;
            frame_cache& cache = caches.mine();
            if (frame_number n = cache.first) {
                cache.first = table[n].next;
                --cache.count;
                return n;
            }
        }
        return may_sleep() ? refill(need) : 0;
    }
    if (!may_sleep() || !reserve_is_left(order, need))
        return 0;
    arch::preempt_disable();
    unsigned home = caches.mine().node;
    arch::preempt_enable();
    return take_from_zones(home, false, [order](buddy& b) { return b.take(order); });
}

TRACEPOINT(memory, memory_page_alloc, u64 frame, u32 order);
frame* hand_out(frame_number n, unsigned order, fill contents) noexcept {
    TRACE(memory_page_alloc, n, order);
    frame* f = &table[n];
    f->references.store(1, std::memory_order_relaxed);
    f->flags.store(f->flags.load(std::memory_order_relaxed) & frame::untouched,
                   std::memory_order_relaxed);
    f->order = static_cast<u8>(order);
    f->object = nullptr;
    if (contents == fill::zero)
        arch::clear_memory(data_of(f), page_size << order);
    return f;
}

}  // namespace

frame* frame_of(physical_address a) noexcept {
    for (usize i = 0; i < ram_range_count; ++i)
        if (raw(a) - raw(ram_ranges[i].start) < ram_ranges[i].bytes)
            return ram_frame(a);
    return nullptr;
}

u64 managed_frames() noexcept {
    return managed;
}
const watermarks& frame_watermarks() noexcept {
    return marks;
}

u64 free_frame_count() noexcept {
    u64 sum = 0;
    for (unsigned i = 0; i < node_count; ++i)
        sum += zone_at(i, false).free.free_frames() + zone_at(i, true).free.free_frames();
    return sum;
}

bool plentiful() noexcept {
    const u64 free = free_frame_count();
    return free > buddy::block_frames * 4 && free > managed / 8;
}

frame* try_allocate_frames(unsigned order, fill contents) noexcept {
    if (frame_number n = take_frames(order, urgency::ordinary))
        return hand_out(n, order, contents);
    return nullptr;
}

namespace {

result<frame*> allocate(unsigned order, fill contents, urgency need) noexcept {
    if (frame_number n = take_frames(order, need)) [[likely]]
        return hand_out(n, order, contents);
    if (!may_sleep())
        return errc::out_of_memory;
    // Somebody else may take what reclaim freed, so try several times
    for (unsigned attempt = 0; attempt < reclaim_attempts; ++attempt) {
        const bool hope = reclaim_now(std::max<u64>(u64{1} << order, batch) * 2, attempt);
        if (frame_number n = take_frames(order, need))
            return hand_out(n, order, contents);
        if (!hope)
            break;
    }
    return errc::out_of_memory;
}

}  // namespace

result<frame*> allocate_frames(unsigned order, fill contents) noexcept {
    return allocate(order, contents, urgency::ordinary);
}

result<frame*> allocate_kernel_frames(unsigned order, fill contents) noexcept {
    return allocate(order, contents, urgency::kernel);
}

TRACEPOINT(memory, memory_page_free, u64 frame, u32 order);
void free_frames(frame* f) noexcept {
    TRACE(memory_page_free, number_of(f), f->order);
    frame_number n = number_of(f);
    f->flags.store(f->flags.load(std::memory_order_relaxed) & frame::untouched,
                   std::memory_order_relaxed);
    if (f->order != 0) {
        if (may_sleep()) {
            give_back_block(n, f->order);
        } else {
            arch::preempt_guard guard;
            frame_cache& cache = caches.mine();
            f->next = cache.deferred;
            cache.deferred = n;
        }
        return;
    }
    frame_number surplus = 0, deferred = 0;
    {
        arch::preempt_guard guard;
        frame_cache& cache = caches.mine();
        f->next = cache.first;
        cache.first = n;
        // count 1: only this function's own guard is held
        if (++cache.count > 3 * batch && may_sleep(1)) [[unlikely]] {
            surplus = cut_chain(cache, batch);
            deferred = std::exchange(cache.deferred, 0);
        }
    }
    if (surplus) [[unlikely]] {
        give_back_chain(surplus);
        give_back_chain(deferred);
    }
}

void drain_frame_cache() noexcept {
    frame_number chain, deferred;
    {
        arch::preempt_guard guard;
        frame_cache& cache = caches.mine();
        chain = cut_chain(cache, cache.count);
        deferred = std::exchange(cache.deferred, 0);
    }
    give_back_chain(chain);
    give_back_chain(deferred);
}

void split_frames(frame* f) noexcept {
    frame_number n = number_of(f);
    unsigned order = f->order;
    if (order == buddy::largest_order) {
        zone& z = zone_of(n);
        sync::lock_guard guard{z.mutex};
        z.free.touch(n);
    }
    f->order = 0;
    // The count of the first stays: a look-up that came too late may hold it for a moment
    for (frame_number i = 1; i < 1u << order; ++i) {
        frame& part = f[i];
        part.order = 0;
        part.object = nullptr;
        part.flags.store(0, std::memory_order_relaxed);
        part.references.store(1, std::memory_order_relaxed);
    }
}

result<physical_address> allocate_contiguous(usize bytes, unsigned bits) noexcept {
    u64 frames = align_up(bytes, page_size) >> page_shift;
    if (frames == 0 || frames > 2 * buddy::block_frames)
        return errc::invalid_argument;
    unsigned order = static_cast<unsigned>(std::bit_width(frames - 1));
    auto attempt = [&] {
        return take_from_zones(0, bits < 64, [&](buddy& b) -> frame_number {
            if (order > buddy::largest_order)
                return b.take_pair(is_ram);
            frame_number n = b.take(order);
            if (n && order == buddy::largest_order && frames < buddy::block_frames)
                b.touch(n);
            return n;
        });
    };
    frame_number n = attempt();
    for (unsigned i = 0; !n && i < reclaim_attempts; ++i) {
        if (!reclaim_now(frames * 2, i))
            break;
        n = attempt();
    }
    if (!n)
        return errc::out_of_memory;
    if (u64 rest = (u64{1} << order) - frames) {
        zone& z = zone_of(n);
        sync::lock_guard guard{z.mutex};
        if (order > buddy::largest_order)
            z.free.touch(n + buddy::block_frames);
        z.free.give_run(n + static_cast<frame_number>(frames), rest);
    }
    return physical_address{u64{n} << page_shift};
}

void free_contiguous(physical_address a, usize bytes) noexcept {
    frame_number n = static_cast<frame_number>(raw(a) >> page_shift);
    zone& z = zone_of(n);
    sync::lock_guard guard{z.mutex};
    z.free.give_run(n, align_up(bytes, page_size) >> page_shift);
}

void declare_ram(std::span<const boot_range> ram) noexcept {
    ensure(ram.size() <= max_ranges, "too many pieces of RAM");
    std::copy(ram.begin(), ram.end(), ram_ranges);
    ram_range_count = ram.size();
    for (unsigned i = 0; i < nodes; ++i)
        new (&zone_at(i, false)) zone, new (&zone_at(i, true)) zone;
}

void add_free_frames(frame_number first, u64 frames) noexcept {
    managed += frames;
    zone_of(first).free.give_run(first, frames);
}

void finish_frames() noexcept {
    batch = managed < 8192 ? 8 : 32;
    marks.minimum = std::clamp<u64>(managed / 256, 8, 1024);
    marks.low = std::clamp<u64>(managed / 64, 24, 16384);
    marks.high = marks.low * 2;
}

void give_back(physical_address start, u64 bytes) noexcept {
    frame_number n = static_cast<frame_number>(raw(start) >> page_shift);
    u64 frames = bytes >> page_shift;
    for (u64 i = 0; i < frames; ++i)
        table[n + i].flags.store(0, std::memory_order_relaxed);
    zone& z = zone_of(n);
    sync::lock_guard guard{z.mutex};
    managed += frames;
    z.free.give_run(n, frames);
}

void set_node(physical_address start, u64 bytes, unsigned node) noexcept {
    node = std::min(node, nodes - 1);
    node_count = std::max(node_count, node + 1);
    frame_number first =
        static_cast<frame_number>(align_up(raw(start), large_page_size) >> page_shift);
    frame_number end =
        static_cast<frame_number>(align_down(raw(start) + bytes, large_page_size) >> page_shift);
    for (frame_number block = first; block < end; block += buddy::block_frames) {
        if (!is_ram(block) || table[block].node == node)
            continue;
        zone &from = zone_of(block), &to = zone_at(node, block >= first_high_frame);
        sync::lock_guard guard{from.mutex};
        if (table[block].has(frame::untouched)) {
            bool free = table[block].has(frame::free_block);
            if (free)
                (void)from.free.withdraw(block);
            table[block].node = static_cast<u8>(node);
            if (free)
                to.free.give(block, buddy::largest_order);  // boot time: nobody else allocates
            continue;
        }
        for (frame_number n = block; n < block + buddy::block_frames;) {
            int order = from.free.withdraw(n);
            frame_number size = order < 0 ? 1 : 1u << order;
            for (frame_number i = 0; i < size; ++i)
                table[n + i].node = static_cast<u8>(node);
            if (order >= 0)
                to.free.give(n, static_cast<unsigned>(order));
            n += size;
        }
    }
}

void set_cpu_node(u32 cpu, unsigned node) noexcept {
    caches.of(cpu).node = static_cast<u8>(std::min(node, nodes - 1));
}

statistics get_statistics() noexcept {
    statistics s{};
    auto read = [](std::atomic<i64>& counter) {
        i64 value = counter.load(std::memory_order_relaxed);
        return value < 0 ? 0 : static_cast<u64>(value);
    };
    s.total = managed;
    s.free = free_frame_count();
    for (u32 i = 0; i < arch::cpu_count(); ++i)
        s.free += caches.of(i).count;
    s.cached = read(usage.cached);
    s.least_free = std::min(s.free, least_free.load(std::memory_order_relaxed));
    s.reserve = marks.minimum;
    s.dirty = read(usage.dirty);
    s.slab = read(usage.slab);
    s.kernel_stacks = read(usage.kernel_stacks);
    s.page_tables = read(usage.page_tables);
    s.shared = read(usage.shared);
    u64 known = s.free + s.cached + s.slab + s.kernel_stacks + s.page_tables;
    s.anonymous = s.total > known ? s.total - known : 0;
    return s;
}

void for_each_zone(void (*visit)(const zone_inventory&, void*), void* context) noexcept {
    for (unsigned node = 0; node < node_count; ++node)
        for (const bool high : {false, true}) {
            zone_inventory told{node, high ? "Normal" : "DMA32", {}};
            bool any = false;
            {
                zone& z = zone_at(node, high);
                sync::lock_guard guard{z.mutex};
                for (unsigned order = 0; order <= buddy::largest_order; ++order)
                    any |= (told.free_blocks[order] = z.free.free_blocks(order)) != 0;
            }
            if (any)
                visit(told, context);
        }
}

}  // namespace osprey::memory
