// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <arch/paging.hh>
#include <atomic>
#include <base/result.hh>
#include <base/types.hh>

namespace osprey::memory {

class vm_object;

/// Number of a 4 KB page frame: its physical address divided by the page size. 32 bits reach
/// 16 TB. Zero stands for "none": that frame is never handed out.
using frame_number = u32;

/// Descriptor of one 4 KB page frame; they stand side by side at `arch::frame_table_base`, in
/// whole 2 MB blocks. An allocation of several frames is described by its first; the descriptors
/// of the others mean nothing (and may never have been written, see `untouched`).
struct frame {
    enum flag : u16 {
        free_block = 1,  // first frame of a free block of 2^order frames
        dirty = 2,       // differs from the pager's copy
        uptodate = 4,    // holds the data of its object
        writeback = 8,   // on its way to the pager
        referenced = 16,
        reserved = 32,   // not RAM, or in use since boot
        untouched = 64,  // the other 511 descriptors of this 2 MB block are not initialised yet
        slab = 128,      // part of the kernel heap; `index` tells the size class
    };

    std::atomic<u32> references{0};  // mappings and users; 0: free
    std::atomic<u16> flags{0};
    u8 order = 0;
    u8 node = 0;
    vm_object* object = nullptr;  // page-cache pages: whose
    u64 index = 0;                // and which page of it
    frame_number next = 0, previous = 0;

    [[nodiscard]] bool has(u16 mask) const noexcept {
        return flags.load(std::memory_order_acquire) & mask;
    }
    void set(u16 mask) noexcept { flags.fetch_or(mask, std::memory_order_release); }
    void clear(u16 mask) noexcept {
        flags.fetch_and(static_cast<u16>(~mask), std::memory_order_release);
    }
};
static_assert(sizeof(frame) == 32, "frames cost 0.8 % of memory");

/// What the caller of `allocate_frames` wants.
enum class fill : u8 { none, zero };

/// Allocates 2^order contiguous, naturally aligned frames (order 0…9), of the caller's NUMA node
/// first, with one reference. Evicts cold page-cache pages when memory is short.
/// Context: threads, may sleep. @return `errc::out_of_memory`.
result<frame*> allocate_frames(unsigned order = 0, fill contents = fill::none) noexcept;
/// The same for what the kernel cannot reclaim memory without (heap, page tables): may use the
/// reserve that ordinary requests leave alone.
result<frame*> allocate_kernel_frames(unsigned order = 0, fill contents = fill::none) noexcept;
/// As `allocate_frames`, but fails at once when memory is short: for what can be done without
/// (large pages, read-ahead). Context: threads.
frame* try_allocate_frames(unsigned order, fill contents = fill::none) noexcept;

/// Returns the frames of an unreferenced allocation. Use `release_frame`.
void free_frames(frame* f) noexcept;
/// Drops a reference; the last frees. Context: threads; preemption may be off.
inline void release_frame(frame* f) noexcept {
    if (f->references.fetch_sub(1, std::memory_order_acq_rel) == 1)
        free_frames(f);
}
inline void hold_frame(frame* f) noexcept {
    f->references.fetch_add(1, std::memory_order_relaxed);
}
/// Takes a reference unless the frame is free or being freed: for look-ups under RCU.
inline bool try_hold_frame(frame* f) noexcept {
    u32 seen = f->references.load(std::memory_order_relaxed);
    while (seen != 0)
        if (f->references.compare_exchange_weak(seen, seen + 1, std::memory_order_acquire,
                                                std::memory_order_relaxed))
            return true;
    return false;
}
/// Turns an allocation of order n > 0 with one reference into 2^n allocations of one frame with
/// one reference each.
void split_frames(frame* f) noexcept;

inline frame* frame_table() noexcept {
    return reinterpret_cast<frame*>(arch::frame_table_base);
}
inline frame_number number_of(const frame* f) noexcept {
    return static_cast<frame_number>(f - frame_table());
}
inline physical_address address_of(const frame* f) noexcept {
    return physical_address{static_cast<u64>(f - frame_table()) << page_shift};
}
/// The descriptor of a frame that is known to be RAM.
inline frame* ram_frame(physical_address a) noexcept {
    return frame_table() + (raw(a) >> page_shift);
}
/// The descriptor of the frame at `a`; null when that is not RAM.
frame* frame_of(physical_address a) noexcept;
inline void* data_of(const frame* f) noexcept {
    return arch::direct(address_of(f));
}

/// Contiguous DMA memory, below 4 GB when `bits` is 32. Any number of bytes up to 4 MB; the
/// contents are undefined. Context: threads, may sleep.
result<physical_address> allocate_contiguous(usize bytes, unsigned bits = 64) noexcept;
void free_contiguous(physical_address a, usize bytes) noexcept;

/// Figures for /proc/meminfo and sysinfo(2), in 4 KB pages. `anonymous` is what belongs to no
/// other kind, `least_free` the lowest `free` so far, `reserve` what only the kernel may use.
struct statistics {
    u64 total, free, least_free, reserve, cached, dirty, slab, kernel_stacks, page_tables,
        anonymous, shared;
};
statistics get_statistics() noexcept;

}  // namespace osprey::memory
