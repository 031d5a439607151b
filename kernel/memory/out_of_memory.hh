// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/result.hh>

namespace osprey::memory {

struct account;

/// Ends the process that owns `victim`, as SIGKILL would, without waiting for it. Registered by
/// process/. @return whether there was such a process. Context: thread; may not allocate.
using out_of_memory_handler = bool (*)(account& victim) noexcept;
void set_out_of_memory_handler(out_of_memory_handler handler) noexcept;

/// Called when a page fault of an application found no memory even after reclaim: logs who used
/// what and ends the process with most resident memory, as its oom_score_adj biases it. Context:
/// thread, no lock held.
void report_and_end_largest() noexcept;

}  // namespace osprey::memory
