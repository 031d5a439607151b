// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <arch/registers.hh>
#include <base/types.hh>
#include <string_view>

namespace osprey::trace {

/// Who runs on this CPU, for the header of a record.
struct current_thread {
    u32 thread = 0, process = 0;  // 0: the idle thread, or none yet
    std::string_view name = "swapper";
    /// Where its application entered the kernel last; null for kernel threads.
    const arch::register_frame* application = nullptr;
};
/// Any context, interrupts off. Implemented in process/.
current_thread describe_current() noexcept;

}  // namespace osprey::trace
