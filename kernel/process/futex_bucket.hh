// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <base/result.hh>
#include <base/time.hh>
#include <memory/vm_object.hh>
#include <process/futex_key.hh>
#include <sched/thread.hh>
#include <sync/mutex.hh>

/// Where those hang who wait on futexes. For the files of futex(2) and futex_waitv(2) only.
namespace osprey::proc {

struct futex_bucket;

/// On the kernel stack of the waiting thread, or beside others of it (futex_waitv).
struct futex_waiter {
    futex_key key;
    sched::thread* thread;
    std::atomic<futex_bucket*> where;  // changes by requeue only
    std::atomic<bool> woken{false};    // the waker is done with this object
    u32 bits;
    futex_waiter *next = nullptr, *previous = nullptr;
};

struct alignas(64) futex_bucket {
    sync::mutex mutex;  // no rank: requeue takes two, in the order of addresses
    std::atomic<u32> waiters{0};
    futex_waiter *first = nullptr, *last = nullptr;  // oldest first

    void append(futex_waiter& w) noexcept {
        w.next = nullptr;
        w.previous = last;
        (last ? last->next : first) = &w;
        last = &w;
    }
    void remove(futex_waiter& w) noexcept {
        (w.previous ? w.previous->next : first) = w.next;
        (w.next ? w.next->previous : last) = w.previous;
        waiters.fetch_sub(1, std::memory_order_relaxed);
    }
};

inline constexpr usize futex_bucket_count = 256;
extern futex_bucket futex_buckets[futex_bucket_count];

inline futex_bucket& futex_bucket_of(const futex_key& key) noexcept {
    return futex_buckets[key.hash() % futex_bucket_count];
}

/// The key of a word, and what keeps the identity of a shared one alive while somebody waits.
struct futex_place {
    futex_key key;
    refptr<memory::vm_object> object;
};
/// @return `errc::invalid_argument` (not aligned), `errc::bad_address`.
result<futex_place> find_futex(virtual_address word, bool is_private) noexcept;

/// Hangs `w`, whose key is set, into its bucket if the word still is `expected`. @return
/// `errc::again`, `errc::bad_address`.
result<void> enter_futex(futex_waiter& w, virtual_address word, u32 expected) noexcept;
/// Takes a waiter that was not woken out of its bucket. @return false if it was woken after all.
bool withdraw_from_futex(futex_waiter& w) noexcept;

/// The monotonic moment that a struct timespec of the application means.
result<instant> futex_deadline(virtual_address timeout, bool relative, bool realtime) noexcept;

}  // namespace osprey::proc
