// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <atomic>
#include <base/system_name.hh>
#include <cstring>

namespace osprey {

namespace {

// A sequence lock over words that are atomic each: readers copy, and copy again if a writer came.
constexpr usize words = (host_name_limit + 8) / 8;
constinit std::atomic<u32> sequence{0};
constinit std::atomic<u64> stored[words] = {0x79657270736f};  // "osprey"

}  // namespace

std::string_view host_name(std::span<char, host_name_limit + 1> room) noexcept {
    u64 copy[words];
    u32 before;
    do {
        before = sequence.load(std::memory_order_acquire);
        for (usize i = 0; i < words; ++i)
            copy[i] = stored[i].load(std::memory_order_relaxed);
        std::atomic_thread_fence(std::memory_order_acquire);
    } while (before % 2 != 0 || sequence.load(std::memory_order_relaxed) != before);
    std::memcpy(room.data(), copy, room.size());
    room[host_name_limit] = '\0';
    return {room.data(), std::strlen(room.data())};
}

void set_host_name(std::string_view name) noexcept {
    u64 fresh[words] = {};
    std::memcpy(fresh, name.data(), std::min(name.size(), host_name_limit));
    sequence.fetch_add(1, std::memory_order_acquire);
    for (usize i = 0; i < words; ++i)
        stored[i].store(fresh[i], std::memory_order_relaxed);
    sequence.fetch_add(1, std::memory_order_release);
}

}  // namespace osprey
