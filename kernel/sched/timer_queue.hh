// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/result.hh>

namespace osprey::sched {

/// Makes the queue of this CPU usable. Context: initialize_cpu.
void initialize_timer_queue() noexcept;
/// Starts the thread of each CPU that runs `timer` callbacks. Context: thread, all CPUs running.
result<void> start_timer_threads() noexcept;

}  // namespace osprey::sched
