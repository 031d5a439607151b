// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <base/types.hh>
#include <bit>
#include <utility>

namespace osprey {

/// Bounded queue with one producer and one consumer; no locks, no read-modify-write operation.
/// `Capacity` is a power of two. Context: any, as long as each side is one at a time.
template <typename T, usize Capacity>
class spsc_ring {
    static_assert(std::has_single_bit(Capacity));

public:
    constexpr spsc_ring() noexcept = default;
    spsc_ring(const spsc_ring&) = delete;

    /// Producer. @return false when full.
    [[nodiscard]] bool push(T value) noexcept {
        const usize tail = tail_.load(std::memory_order_relaxed);
        if (tail - head_seen_ == Capacity) {
            head_seen_ = head_.load(std::memory_order_acquire);
            if (tail - head_seen_ == Capacity)
                return false;
        }
        slots_[tail % Capacity] = std::move(value);
        tail_.store(tail + 1, std::memory_order_release);
        return true;
    }
    /// Consumer. @return false when empty.
    [[nodiscard]] bool pop(T& value) noexcept {
        const usize head = head_.load(std::memory_order_relaxed);
        if (head == tail_seen_) {
            tail_seen_ = tail_.load(std::memory_order_acquire);
            if (head == tail_seen_)
                return false;
        }
        value = std::move(slots_[head % Capacity]);
        head_.store(head + 1, std::memory_order_release);
        return true;
    }
    /// Consumer: whether `pop` would fail.
    [[nodiscard]] bool empty() const noexcept {
        return head_.load(std::memory_order_relaxed) == tail_.load(std::memory_order_acquire);
    }
    /// A moment's figure. Any thread.
    [[nodiscard]] usize size() const noexcept {
        return tail_.load(std::memory_order_acquire) - head_.load(std::memory_order_acquire);
    }

private:
    // Each side keeps what it last saw of the other beside its own counter, so that it touches the
    // other's cache line only when the ring looks full or empty.
    alignas(64) std::atomic<usize> head_{0};
    usize tail_seen_ = 0;
    alignas(64) std::atomic<usize> tail_{0};
    usize head_seen_ = 0;
    alignas(64) T slots_[Capacity]{};
};

}  // namespace osprey
