// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <process/futex_bucket.hh>
#include <process/priority_locks.hh>

/// The operations of futex(2) with priority inheritance, as in Linux's description "PI-futex": the
/// word holds the number of the owner, and bits for waiters and for an owner that died.
namespace osprey::proc {

inline constexpr u32 futex_owner_died = 0x4000'0000, futex_waiters = 0x8000'0000,
                     futex_tid_mask = 0x3fff'ffff;

/// Waits like any other at one futex, until it is moved to a lock. Its `bits` are 0, by which
/// it is known in a bucket: no wake-up means it.
struct moving_waiter : futex_waiter {
    futex_key target;
    priority_waiter at_lock;
};

/// FUTEX_LOCK_PI. @return `errc::timed_out`, `errc::deadlock`, `errc::bad_address`,
/// `errc::no_process` (no such owner), `errc::invalid_argument` (word and kernel disagree),
/// `errc::restart_no_interrupt`.
result<i64> lock_futex(virtual_address word, bool is_private, instant deadline) noexcept;
/// FUTEX_TRYLOCK_PI. @return as `lock_futex`, and `errc::again` if it has an owner.
result<i64> try_lock_futex(virtual_address word, bool is_private) noexcept;
/// FUTEX_UNLOCK_PI. @return `errc::not_permitted` if somebody else owns it.
result<i64> unlock_futex(virtual_address word, bool is_private) noexcept;
/// FUTEX_WAIT_REQUEUE_PI: waits at `word`, returns as owner of `lock`. @return `errc::again` if
/// `word` is not `expected`, or if a signal came while it waited for the lock.
result<i64> wait_for_move(virtual_address word, bool is_private, u32 expected, instant deadline,
                          virtual_address lock) noexcept;
/// FUTEX_CMP_REQUEUE_PI: makes those that wait at `word` wait for `lock` (at most one more than
/// `move_count`), the first of them its owner if it is free. @return how many.
result<i64> move_to_lock(virtual_address word, bool is_private, u32 wake_count, u32 move_count,
                         virtual_address lock, u32 expected) noexcept;

}  // namespace osprey::proc
