// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory/buddy.hh>
#include <memory/initialize.hh>
#include <span>

namespace osprey::memory {

/// Counters of what frames are used for, in frames; see `statistics`.
struct usage_counters {
    std::atomic<i64> cached{0}, dirty{0}, slab{0}, kernel_stacks{0}, page_tables{0}, shared{0};
};
extern constinit usage_counters usage;

inline void count(std::atomic<i64>& counter, i64 change) noexcept {
    counter.fetch_add(change, std::memory_order_relaxed);
}

/// Boot only: tells which physical ranges are RAM, and puts runs of frames into the allocator.
void declare_ram(std::span<const boot_range> ram) noexcept;
void add_free_frames(frame_number first, u64 count) noexcept;
/// Boot only: sizes caches and reserves once all memory is known.
void finish_frames() noexcept;

/// All frames that were ever given to the allocator, and those that are free now (per-CPU caches
/// excluded).
u64 managed_frames() noexcept;
/// 64 MB: with less, what is kept for later use is worth more than the time that it saves.
inline constexpr u64 small_machine_frames = 16384;
u64 free_frame_count() noexcept;
/// Below `low`, reclaim starts; below `minimum`, only reclaim itself gets frames.
struct watermarks {
    u64 minimum, low, high;
};
const watermarks& frame_watermarks() noexcept;

/// Is a 2 MB page a good idea now, or would it take memory that small pages need?
bool plentiful() noexcept;

/// Returns the frames that per-CPU caches hold beyond need of the calling CPU to their zones.
void drain_frame_cache() noexcept;

}  // namespace osprey::memory
