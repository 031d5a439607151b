// SPDX-License-Identifier: BSD-3-Clause
#include <base/log.hh>
#include <memory/frames.hh>
#include <memory/reclaim.hh>
#include <memory/vm_object.hh>
#include <sched/clock.hh>
#include <sched/scheduler.hh>
#include <sync/rcu.hh>
#include <trace/tracepoint.hh>

// Getting frames back when memory is short, and dirty pages to where they belong.

namespace osprey::memory {
namespace {

constexpr duration write_back_interval = duration::milliseconds(write_back_centiseconds * 10);
constexpr duration progress_wait = duration::milliseconds(20);
constexpr duration short_wait = duration::milliseconds(1);

sched::thread* worker = nullptr;
std::atomic<bool> wanted{false};
std::atomic<u64> rounds{0};
std::atomic<shrinker*> shrinkers{nullptr};

u64 dirty_now() noexcept {
    const i64 n = usage.dirty.load(std::memory_order_relaxed);
    return n > 0 ? static_cast<u64>(n) : 0;
}
u64 background_dirty_limit() noexcept {
    return managed_frames() * background_dirty_percent / 100;
}
u64 dirty_limit() noexcept {
    return managed_frames() * dirty_percent / 100;
}

TRACEPOINT(memory, memory_evict, u64 frames);
u64 evict(u64 frames) noexcept {
    TRACE(memory_evict, frames);
    struct progress {
        u64 wanted, freed = 0;
    } p{frames};
    vm_object::for_each(
        [](vm_object& object, void* context) {
            auto& at = *static_cast<progress*>(context);
            at.freed += object.evict(at.wanted - at.freed);
            return at.freed < at.wanted;
        },
        &p);
    return p.freed;
}

/// Some of each cache: names are small, and what they refer to goes with them.
void shrink_caches() noexcept {
    constexpr u64 objects = 256;
    for (shrinker* s = shrinkers.load(std::memory_order_acquire); s; s = s->next)
        (void)s->shrink(objects);
}

void write_back_all() noexcept {
    vm_object::for_each(
        [](vm_object& object, void*) {
            if (object.dirty_pages())
                if (auto outcome = object.write_back(0, ~u64{0}); !outcome)
                    log::warning("memory: write-back failed: {}", name_of(outcome.error()));
            return true;
        },
        nullptr);
}

void work(void*) noexcept {
    instant next_write_back = sched::monotonic_now() + write_back_interval;
    for (;;) {
        (void)sched::wait_until([] { return wanted.load(std::memory_order_acquire); },
                                sched::wait_mode::uninterruptible, next_write_back);
        wanted.store(false, std::memory_order_relaxed);
        const bool short_of_memory = free_frame_count() < frame_watermarks().high;
        if (short_of_memory) {
            evict(frame_watermarks().high - free_frame_count());
            // Always: what a cached name or file takes of the heap is no page that ages.
            shrink_caches();
        }
        if (sched::monotonic_now() >= next_write_back || dirty_now() > background_dirty_limit() ||
            (short_of_memory && dirty_now() > 0)) {
            write_back_all();
            next_write_back = sched::monotonic_now() + write_back_interval;
        }
        rounds.fetch_add(1, std::memory_order_release);
    }
}

}  // namespace

TRACEPOINT(memory, memory_reclaim, u64 frames, u32 attempt);
bool reclaim_now(u64 frames, unsigned attempt) noexcept {
    TRACE(memory_reclaim, frames, attempt);
    drain_frame_cache();
    if (free_frame_count() >= frames && attempt == 0)
        return true;
    // The first rounds only age what was used lately
    const u64 freed = evict(frames);
    wake_reclaim();
    if (freed != 0)
        return true;
    // What ended threads and programs held is on its way back
    if (sync::rcu_waiting() != 0) {
        (void)sched::sleep_until(sched::monotonic_now() + short_wait,
                                 sched::wait_mode::uninterruptible);
        return true;
    }
    const bool pages_left =
        usage.cached.load(std::memory_order_relaxed) > usage.shared.load(std::memory_order_relaxed);
    if (!pages_left)
        return attempt == 0;
    // Pages are in use, dirty, or their locks taken: let those who hold them go on
    if (attempt >= 4 && worker && arch::current_thread() != worker) {
        const u64 seen = rounds.load(std::memory_order_acquire);
        const instant deadline =
            sched::monotonic_now() + (dirty_now() != 0 ? progress_wait : short_wait);
        do
            (void)sched::sleep_until(sched::monotonic_now() + short_wait,
                                     sched::wait_mode::uninterruptible);
        while (rounds.load(std::memory_order_acquire) == seen && sched::monotonic_now() < deadline);
    }
    return true;
}

void drop_page_cache() noexcept {
    // The first round only notes what was used since the last
    for (int round = 0; round < 3; ++round)
        evict(~u64{0});
}

TRACEPOINT(memory, memory_reclaim_wake);
void wake_reclaim() noexcept {
    TRACE(memory_reclaim_wake);
    if (!worker || wanted.exchange(true, std::memory_order_acq_rel))
        return;
    sched::wake(*worker);
}

void register_shrinker(shrinker& cache) noexcept {
    cache.next = shrinkers.load(std::memory_order_relaxed);
    while (!shrinkers.compare_exchange_weak(cache.next, &cache, std::memory_order_release)) {
    }
}

TRACEPOINT(memory, memory_throttle_writers, trace::address object);
void throttle_writers(vm_object& object) noexcept {
    TRACE(memory_throttle_writers, &object);
    if (dirty_now() > dirty_limit())
        (void)object.write_back(0, ~u64{0});  // errors come back at fsync: the pages stay dirty
    else if (dirty_now() > background_dirty_limit())
        wake_reclaim();
}

void start_reclaim() noexcept {
    auto thread = sched::thread::create("reclaim", work, nullptr);
    if (!thread) {
        log::error("memory: no reclaim thread: {}", name_of(thread.error()));
        return;
    }
    worker = thread->release();  // lives as long as the system
    worker->start();
}

}  // namespace osprey::memory
