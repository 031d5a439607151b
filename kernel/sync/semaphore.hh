// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sync/wait_queue.hh>

namespace osprey::sync {

/// Counting semaphore. Must outlive every call of `release`, which touches it after the unit may
/// have been taken. Context: threads. Cost: one atomic operation when units are left.
class semaphore {
public:
    constexpr explicit semaphore(u32 units) noexcept : units_{units} {}

    /// Takes one unit, sleeping until one is free.
    /// @return `errc::interrupted` or `errc::timed_out`; no unit is held then.
    result<void> acquire(sched::wait_mode mode = sched::wait_mode::interruptible,
                         instant deadline = instant::never()) noexcept {
        if (try_acquire())
            return {};
        return waiters_.wait_exclusive([this]() noexcept { return try_acquire(); }, mode, deadline);
    }
    /// Takes one unit if that needs no waiting.
    [[nodiscard]] bool try_acquire() noexcept {
        u32 seen = units_.load(std::memory_order_relaxed);
        while (seen != 0)
            if (units_.compare_exchange_weak(seen, seen - 1, std::memory_order_acquire,
                                             std::memory_order_relaxed))
                return true;
        return false;
    }
    void release(u32 units = 1) noexcept {
        units_.fetch_add(units, std::memory_order_release);
        while (units--)
            waiters_.wake_one();
    }
    [[nodiscard]] u32 available() const noexcept { return units_.load(std::memory_order_relaxed); }

private:
    std::atomic<u32> units_;
    wait_queue waiters_;
};

}  // namespace osprey::sync
