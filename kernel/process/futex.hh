// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <process/task.hh>
#include <span>

namespace osprey::proc {

/// FUTEX_WAKE by the kernel itself (clear_child_tid, robust lists): wakes up to `count` waiters of
/// the running task's word, private and shared ones alike. Context: the task, may sleep.
void wake_futex(virtual_address word, u32 count) noexcept;

/// futex(2) as the system call returns it: a value, or minus an errno. Operations FUTEX_* as Linux
/// numbers them; `timeout_or_value2` is the fourth argument as the application passed it.
i64 futex(virtual_address word, int operation, u32 value, u64 timeout_or_value2,
          virtual_address word2, u32 value3) noexcept;

/// One of the words of futex_waitv(2).
struct futex_wish {
    virtual_address word;
    u32 expected;
    bool is_private;
};
/// Waits until one of the words is woken. @return its place in the list; `errc::again` if a word
/// has another value, `errc::bad_address`, `errc::timed_out`, `errc::restart_always`.
result<i64> wait_for_any_futex(std::span<const futex_wish> wishes, instant deadline) noexcept;

}  // namespace osprey::proc
