// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>

/// Structures of time as they cross the system-call boundary (include/uapi/linux/time.h).
namespace osprey::abi {

struct abi_timespec {
    i64 seconds, nanoseconds;
};
static_assert(sizeof(abi_timespec) == 16);

struct abi_timeval {
    i64 seconds, microseconds;
};
static_assert(sizeof(abi_timeval) == 16);

struct abi_timezone {
    i32 minutes_west, daylight;
};
static_assert(sizeof(abi_timezone) == 8);

struct abi_itimerspec {
    abi_timespec interval, value;
};
static_assert(sizeof(abi_itimerspec) == 32);

struct abi_itimerval {
    abi_timeval interval, value;
};
static_assert(sizeof(abi_itimerval) == 32);

/// struct timex of adjtimex(2).
struct abi_timex {
    u32 modes, padding;
    i64 offset, frequency, maximum_error, estimated_error;
    i32 status, padding2;
    i64 constant, precision, tolerance;
    abi_timeval time;
    i64 tick, pps_frequency, jitter;
    i32 shift, padding3;
    i64 stability, jitter_count, calibration_count, error_count, stability_count;
    i32 tai, reserved[11];
};
static_assert(sizeof(abi_timex) == 208);

struct abi_utimbuf {
    i64 accessed, modified;
};
static_assert(sizeof(abi_utimbuf) == 16);

struct abi_tms {
    i64 user, system, children_user, children_system;  // in ticks of 1/100 s
};
static_assert(sizeof(abi_tms) == 32);

}  // namespace osprey::abi
