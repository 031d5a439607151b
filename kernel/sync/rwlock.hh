// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sync/mutex.hh>

namespace osprey::sync {

/// Many readers or one writer; sleeping. Fair: from the moment a writer arrives, later readers and
/// writers queue behind it in order of arrival. An uncontended read lock or unlock is one atomic
/// operation, a write lock two. A thread that holds it for reading may not take it again.
///
/// Destroy it only when no call of any member can still be running. Context: threads.
class rwlock {
public:
    constexpr explicit rwlock(lock_rank rank = lock_rank::none) noexcept : writers_{rank} {}
    rwlock(const rwlock&) = delete;

    void lock_shared() noexcept;
    [[nodiscard]] bool try_lock_shared() noexcept;
    void unlock_shared() noexcept;
    void lock() noexcept;
    [[nodiscard]] bool try_lock() noexcept;
    void unlock() noexcept;

private:
    static constexpr u32 writer = u32{1} << 31;  // holds it or waits for readers to leave

    void wait_for_readers() noexcept;

    std::atomic<u32> state_{0};  // readers, and `writer`
    mutex writers_;              // held by the writer, and by readers while they wait for it
    std::atomic<sched::thread*> draining_{nullptr};  // the writer that waits for readers to leave
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
