// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sync/mutex.hh>

namespace osprey::sync {

/// Many readers or one writer; sleeping; writers are preferred, so they do not starve.
/// An uncontended read lock or unlock is one atomic operation. Context: threads.
class rwlock {
public:
    constexpr explicit rwlock(lock_rank rank = lock_rank::none) noexcept : writers_{rank} {}
    void lock_shared() noexcept;
    [[nodiscard]] bool try_lock_shared() noexcept;
    void unlock_shared() noexcept;
    void lock() noexcept;
    void unlock() noexcept;

private:
    // readers in; bit 31: a writer holds or waits
    std::atomic<u32> state_{0};
    mutex writers_;
    std::atomic<sched::thread*> draining_{nullptr};  // the writer that waits for readers to leave
    std::atomic<void*> parked_{nullptr};             // readers that wait for the writer
};

template <typename Lock>
class [[nodiscard]] shared_guard {
public:
    explicit shared_guard(Lock& lock) noexcept : lock_{lock} { lock_.lock_shared(); }
    ~shared_guard() { lock_.unlock_shared(); }
    shared_guard(const shared_guard&) = delete;

private:
    Lock& lock_;
};

}  // namespace osprey::sync
