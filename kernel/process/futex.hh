// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <process/task.hh>

namespace osprey::proc {

/// FUTEX_WAKE by the kernel itself (clear_child_tid, robust lists): wakes up to `count` waiters of
/// the running task's word, private and shared ones alike. Context: the task, may sleep.
void wake_futex(virtual_address word, u32 count) noexcept;

/// futex(2) as the system call returns it: a value, or minus an errno. Operations FUTEX_* as Linux
/// numbers them; `timeout_or_value2` is the fourth argument as the application passed it.
i64 futex(virtual_address word, int operation, u32 value, u64 timeout_or_value2,
          virtual_address word2, u32 value3) noexcept;

}  // namespace osprey::proc
