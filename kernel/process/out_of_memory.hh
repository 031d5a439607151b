// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace osprey::proc {

/// Registers with memory/ who ends a process when no memory is left. Called once at start.
void watch_out_of_memory() noexcept;

}  // namespace osprey::proc
