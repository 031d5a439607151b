// SPDX-License-Identifier: BSD-3-Clause
// Page frames for tests of the network stack: real descriptors beside real pages, so that
// memory/frame.hh works unchanged. Frames that are given back twice or leak are found.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory/frame.hh>
#include <mutex>
#include <net/packet_memory.hh>
#include <vector>

#include "frames.hh"

using namespace osprey;

namespace test {
namespace {
std::mutex mutex;
std::vector<u32>* const free_list = new std::vector<u32>[10];  // by order; never freed
u32 never_used = 1;
long in_use = 0;
}  // namespace

alignas(page_size) char ram[frame_count * page_size];
alignas(page_size) char frame_descriptors[frame_count * 32];
static_assert(sizeof(memory::frame) == 32);

long frames_in_use() {
    std::lock_guard guard{mutex};
    return in_use;
}
}  // namespace test

namespace osprey::memory {

result<frame*> allocate_frames(unsigned order, fill contents) noexcept {
    std::lock_guard guard{test::mutex};
    u32 number;
    if (auto& list = test::free_list[order]; !list.empty()) {
        number = list.back();
        list.pop_back();
    } else {
        number = align_up(test::never_used, u64{1} << order);
        if (number + (1u << order) > test::frame_count)
            return errc::out_of_memory;
        test::never_used = number + (1u << order);
    }
    frame* f = frame_table() + number;
    f->references = 1;
    f->order = static_cast<u8>(order);
    test::in_use += 1l << order;
    // Stale contents must never be relied on.
    std::memset(data_of(f), contents == fill::zero ? 0 : 0xa5, page_size << order);
    return f;
}

frame* try_allocate_frames(unsigned order, fill contents) noexcept {
    auto f = allocate_frames(order, contents);
    return f ? *f : nullptr;
}

void free_frames(frame* f) noexcept {
    std::lock_guard guard{test::mutex};
    if (f->references.load() != 0) {
        std::fprintf(stderr, "a frame was freed twice\n");
        std::abort();
    }
    test::in_use -= 1l << f->order;
    test::free_list[f->order].push_back(number_of(f));
}

}  // namespace osprey::memory

// Packets too: what is used after it was freed is found.
namespace osprey::net {

void* take_packet_memory(usize bytes) noexcept {
    return std::malloc(bytes);
}
void give_packet_memory(void* memory, usize) noexcept {
    std::free(memory);
}

}  // namespace osprey::net
