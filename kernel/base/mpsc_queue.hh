// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <base/types.hh>

namespace osprey {

/// Intrusive queue with many producers and one consumer, first in first out. `Next` is a link
/// inside T that belongs to the queue while the object is in it.
///
/// Producers push onto a shared stack with one compare-exchange; the consumer takes the whole stack
/// with one exchange and turns it round. So a producer that is interrupted in the middle of `push`
/// holds up nobody. Context: any, interrupt handlers included.
template <typename T, std::atomic<T*> T::*Next>
class mpsc_queue {
public:
    constexpr mpsc_queue() noexcept = default;
    mpsc_queue(const mpsc_queue&) = delete;

    /// Sequentially consistent: what the producer loads so afterwards cannot be older than the
    /// push.
    /// @return whether nothing was waiting to be taken: then the consumer needs to be told.
    bool push(T& object) noexcept {
        T* top = pushed_.load(std::memory_order_relaxed);
        do
            (object.*Next).store(top, std::memory_order_relaxed);
        while (!pushed_.compare_exchange_weak(top, &object, std::memory_order_seq_cst,
                                              std::memory_order_relaxed));
        return top == nullptr;
    }

    /// Whether `pop` would find something. Exact for the consumer only.
    [[nodiscard]] bool empty() const noexcept {
        return pushed_.load(std::memory_order_relaxed) == nullptr && !taken_;
    }
    /// Whether something was pushed that has not been taken over. Any thread.
    [[nodiscard]] bool has_pushed() const noexcept {
        return pushed_.load(std::memory_order_relaxed) != nullptr;
    }

    /// Oldest object, or null. Consumer only.
    T* pop() noexcept {
        if (!taken_) {
            if (!pushed_.load(std::memory_order_relaxed))
                return nullptr;
            T* object = pushed_.exchange(nullptr, std::memory_order_acquire);
            while (object) {
                T* older = (object->*Next).load(std::memory_order_relaxed);
                (object->*Next).store(taken_, std::memory_order_relaxed);
                taken_ = object;
                object = older;
            }
        }
        T* oldest = taken_;
        if (oldest)
            taken_ = (oldest->*Next).load(std::memory_order_relaxed);
        return oldest;
    }

private:
    std::atomic<T*> pushed_{nullptr};  // newest first
    T* taken_ = nullptr;               // oldest first, the consumer's own
};

}  // namespace osprey
