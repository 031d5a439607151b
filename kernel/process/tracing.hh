// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace osprey::proc {

/// Lets tracefs name the functions of programs, and crash reports show the last trace records.
/// Once, at boot.
void initialize_tracing() noexcept;

}  // namespace osprey::proc
