// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vfs/file.hh>

namespace osprey::fs {

/// timerfd_create(2): `clock` CLOCK_REALTIME 0, MONOTONIC 1, BOOTTIME 7, and the alarm clocks 8, 9
/// (which wake no sleeping machine). @return `errc::invalid_argument`.
result<refptr<vfs::file>> make_timerfd(int clock, u32 flags) noexcept;

/// struct itimerspec in nanoseconds.
struct timer_setting {
    i64 interval_ns = 0;
    i64 value_ns = 0;  // 0: disarmed
};
/// timerfd_settime(2): `flags` TFD_TIMER_ABSTIME 1, TFD_TIMER_CANCEL_ON_SET 2.
/// @return the previous setting; `errc::invalid_argument` if `f` is no timerfd.
result<timer_setting> set_timerfd(vfs::file& f, u32 flags, const timer_setting& next) noexcept;
result<timer_setting> get_timerfd(vfs::file& f) noexcept;

}  // namespace osprey::fs
