// SPDX-License-Identifier: BSD-3-Clause
#include <arch/cpu.hh>
#include <arch/per_cpu.hh>
#include <base/heap.hh>
#include <net/packet_memory.hh>

namespace osprey::net {
namespace {

/// Kept by each CPU: 64 KB.
constexpr u32 most_kept = 64;

struct unused_packet {
    unused_packet* next;
};
struct packet_cache {
    unused_packet* first = nullptr;
    u32 count = 0;
};
OSPREY_PER_CPU(packet_cache, caches);

}  // namespace

void* take_packet_memory(usize bytes) noexcept {
    {
        arch::preempt_guard here;
        packet_cache& mine = caches.mine();
        if (unused_packet* p = mine.first) [[likely]] {
            mine.first = p->next;
            --mine.count;
            return p;
        }
    }
    return allocate(bytes);
}

void give_packet_memory(void* memory, usize bytes) noexcept {
    {
        arch::preempt_guard here;
        packet_cache& mine = caches.mine();
        if (mine.count < most_kept) [[likely]] {
            mine.first = ::new (memory) unused_packet{mine.first};
            ++mine.count;
            return;
        }
    }
    deallocate(memory, bytes);
}

}  // namespace osprey::net
