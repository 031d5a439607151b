// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <process/task.hh>

namespace osprey::proc {

/// A task of the kernel that works for a process: `current_process()` is that process, and its
/// memory can be reached, but no signal finds the task, it is not counted, and it never runs code
/// of the application. For calls that go on after they returned (io_submit(2), io_uring(7)).
///
/// `entry` ends with `end_service_task`. Whoever makes one sees to it that it has ended before the
/// process gives up its memory. Has to be started. Context: threads, may sleep.
/// @return `errc::out_of_memory`, `errc::again`.
result<refptr<task>> create_service_task(process& owner, std::string_view name,
                                         void (*entry)(void*), void* argument) noexcept;

/// The end of the running service task; its CPU time goes to its process.
[[noreturn]] void end_service_task() noexcept;

}  // namespace osprey::proc
