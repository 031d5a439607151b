// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace osprey::sched {

/// `--selftest=sched`: threads on all CPUs yield, wake, lock, sleep and migrate; logs what an
/// operation costs in cycles. @return whether everything held. Context: thread, services started.
bool self_test() noexcept;

}  // namespace osprey::sched
