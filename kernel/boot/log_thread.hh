// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/result.hh>

namespace osprey::boot {

/// Starts the thread that shows the log lines which their writers leave (base/log_ring.hh).
/// Context: thread.
result<void> start_log_thread() noexcept;

}  // namespace osprey::boot
