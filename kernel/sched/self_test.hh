// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace osprey::sched {

/// `--selftest=sched`: threads on all CPUs yield, wake, lock, sleep and migrate; logs what an
/// operation costs in cycles. @return whether everything held. Context: thread, services started.
bool self_test() noexcept;

/// `--selftest=clock`: all CPUs compare their clocks, wait for timers, and measure a second of the
/// real-time clock. @return whether time went forwards everywhere, at the right rate.
bool clock_self_test() noexcept;

}  // namespace osprey::sched
