// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/cpu_mask.hh>

namespace osprey::arch {

/// Runs what other CPUs asked this one to run. Interrupt context.
void run_pending_calls() noexcept;

/// As `call_on_all_cpus`, on those of `which`.
void call_on_cpus(const cpu_mask& which, void (*function)(void*), void* argument) noexcept;

}  // namespace osprey::arch
