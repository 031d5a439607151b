// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory/buddy.hh>
#include <string_view>

namespace osprey::memory {

/// Free memory of a zone for /proc/buddyinfo: 4 KB frames in blocks of 2^order.
struct zone_inventory {
    unsigned node;
    std::string_view name;  // as Linux calls the memory below and above 4 GB
    u64 free_blocks[buddy::largest_order + 1];
};
/// Visits the zones that have memory, in order. Context: threads.
void for_each_zone(void (*visit)(const zone_inventory&, void*), void* context) noexcept;

/// Objects of one size in the kernel heap, for /proc/slabinfo.
struct heap_inventory {
    u32 object_bytes;
    u64 slabs;  // pages
    u64 objects_used;
};
/// Visits the size classes in ascending order. Context: threads.
void for_each_heap_class(void (*visit)(const heap_inventory&, void*), void* context) noexcept;

}  // namespace osprey::memory
