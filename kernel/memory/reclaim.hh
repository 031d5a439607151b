// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>

namespace osprey::memory {

class vm_object;

/// Frees about `frames` frames by dropping cold clean pages of the page cache, and asks the
/// write-back thread for more. Repeated calls (`attempt` 0, 1, …) try harder: the later ones also
/// wait for the write-back thread. @return whether trying again makes sense.
/// Context: threads, may sleep; any lock but those of rank frames and heap may be held.
inline constexpr unsigned reclaim_attempts = 32;
bool reclaim_now(u64 frames, unsigned attempt) noexcept;

/// Drops the clean pages of the page cache that nobody uses. vm.drop_caches. Context: threads.
void drop_page_cache() noexcept;

/// When dirty pages are written back, in hundredths of all memory and of a second; vm.dirty_*.
inline constexpr u64 background_dirty_percent = 10, dirty_percent = 20;
inline constexpr u64 write_back_centiseconds = 500;

/// Tells the reclaim thread that memory got short or many pages are dirty. Cheap; any thread.
void wake_reclaim() noexcept;

/// Called after `object` was written to: writes back at once what is too much to keep dirty.
void throttle_writers(vm_object& object) noexcept;

/// A cache of a higher layer that gives memory back when there is little. `shrink` drops about
/// `objects` unused ones and answers how many it dropped; it runs in the reclaim thread, which
/// holds no lock.
struct shrinker {
    u64 (*shrink)(u64 objects) noexcept;
    shrinker* next = nullptr;
};
/// Makes it known for ever. Any thread; each shrinker once.
void register_shrinker(shrinker& cache) noexcept;

/// Creates the reclaim and write-back thread.
void start_reclaim() noexcept;

}  // namespace osprey::memory
