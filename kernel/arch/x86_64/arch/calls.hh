// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace osprey::arch {

/// Runs what other CPUs asked this one to run. Interrupt context.
void run_pending_calls() noexcept;

}  // namespace osprey::arch
