// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <process/task.hh>

namespace osprey::proc {

/// FUTEX_WAKE by the kernel itself (clear_child_tid, robust lists): wakes up to `count` waiters of
/// the running task's word, private and shared ones alike. Context: the task, may sleep.
void wake_futex(virtual_address word, u32 count) noexcept;

}  // namespace osprey::proc
