// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <arch/clock.hh>

namespace osprey::sched {

/// CLOCK_MONOTONIC and CLOCK_BOOTTIME.
inline instant monotonic_now() noexcept {
    return arch::now();
}
/// CLOCK_REALTIME as ns since 1970; moved by `set_realtime` (clock_settime(2)).
i64 realtime_ns() noexcept;
void set_realtime(i64 ns) noexcept;
/// ns to add to the monotonic clock to get the real-time clock.
i64 realtime_offset() noexcept;

}  // namespace osprey::sched
