// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <arch/paging.hh>
#include <atomic>
#include <base/intrusive_list.hh>
#include <base/result.hh>
#include <base/types.hh>

namespace osprey::memory {

class vm_object;

/// Descriptor of one 4 KB page frame. A 2 MB allocation is described by its first frame
/// (`order` 9); the others carry `tail` and lead back to it.
struct frame {
    enum flag : u16 {
        tail = 1,       // inside a larger allocation
        dirty = 2,      // differs from the pager's copy
        uptodate = 4,   // holds the data of its object
        writeback = 8,  // on its way to the pager
        referenced = 16,
        reserved = 32,  // not RAM, or the kernel's own image
    };

    std::atomic<u32> references{0};  // mappings and users; 0: free
    std::atomic<u16> flags{0};
    u8 order = 0;
    u8 node = 0;
    vm_object* object = nullptr;  // page-cache pages: whose
    u64 index = 0;                // and which page of it
    list_hook link;               // free list or reclaim list
};

/// What the caller of `allocate_frames` wants.
enum class fill : u8 { none, zero };

/// Allocates 2^order contiguous, naturally aligned frames (order 0…9), of the caller's NUMA node
/// first, with one reference. Evicts cold page-cache pages when memory is short.
/// Context: threads, may sleep. @return `errc::out_of_memory`.
result<frame*> allocate_frames(unsigned order = 0, fill contents = fill::none) noexcept;
/// Drops a reference; the last frees. Context: threads; preemption may be off.
void release_frame(frame* f) noexcept;
inline void hold_frame(frame* f) noexcept {
    f->references.fetch_add(1, std::memory_order_relaxed);
}

physical_address address_of(const frame* f) noexcept;
frame* frame_of(physical_address a) noexcept;  // null when `a` is not RAM
inline void* data_of(const frame* f) noexcept {
    return arch::direct(address_of(f));
}

/// Contiguous DMA memory below 4 GB when `bits` is 32. Any number of bytes up to 4 MB.
result<physical_address> allocate_contiguous(usize bytes, unsigned bits = 64) noexcept;
void free_contiguous(physical_address a, usize bytes) noexcept;

/// Figures for /proc/meminfo and sysinfo(2), in 4 KB pages.
struct statistics {
    u64 total, free, cached, dirty, slab, kernel_stacks, page_tables, anonymous, shared;
};
statistics get_statistics() noexcept;

}  // namespace osprey::memory
