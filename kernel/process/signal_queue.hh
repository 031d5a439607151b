// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <base/intrusive_list.hh>
#include <base/result.hh>
#include <process/signal.hh>
#include <sync/mutex.hh>

namespace osprey::proc {

/// Signals sent but not yet delivered: one of each standard signal, any number of real-time ones
/// (in order). The bit set can be read without the lock. Context: threads.
class signal_queue {
public:
    ~signal_queue();
    /// @return `errc::again` when a real-time signal finds the queue full.
    result<void> add(const signal_info& info) noexcept;
    /// Takes the lowest-numbered signal in `wanted`; false if there is none.
    bool take(signal_set wanted, signal_info& out) noexcept;
    void discard(signal_set which) noexcept;
    [[nodiscard]] signal_set pending() const noexcept {
        return signal_set{bits_.load(std::memory_order_acquire)};
    }

private:
    struct entry {
        signal_info info;
        list_hook link;
    };
    sync::mutex mutex_{sync::lock_rank::signal};
    std::atomic<u64> bits_{0};
    u32 count_ = 0;
    intrusive_list<entry, &entry::link> entries_;
};

}  // namespace osprey::proc
