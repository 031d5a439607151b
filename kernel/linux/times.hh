// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/time.hh>
#include <linux/abi/time.hh>
#include <linux/arguments.hh>
#include <sched/clock.hh>

namespace osprey::abi {

inline constexpr i64 ns_per_second = 1'000'000'000;

constexpr abi_timespec to_timespec(i64 ns) noexcept {
    i64 seconds = ns / ns_per_second, rest = ns % ns_per_second;
    if (rest < 0)
        rest += ns_per_second, --seconds;
    return {seconds, rest};
}
constexpr abi_timeval to_timeval(i64 ns) noexcept {
    const abi_timespec t = to_timespec(ns);
    return {t.seconds, t.nanoseconds / 1000};
}

/// A span of time in ns, cut to what fits. @return `errc::invalid_argument` for negative seconds or
/// a fraction out of range.
constexpr result<i64> to_ns(const abi_timespec& t) noexcept {
    if (t.seconds < 0 || static_cast<u64>(t.nanoseconds) >= ns_per_second)
        return errc::invalid_argument;
    if (t.seconds >= 9'223'372'036)
        return i64{0x7fff'ffff'ffff'ffff};
    return t.seconds * ns_per_second + t.nanoseconds;
}
constexpr result<i64> to_ns(const abi_timeval& t) noexcept {
    if (static_cast<u64>(t.microseconds) >= 1'000'000)
        return errc::invalid_argument;
    return to_ns(abi_timespec{t.seconds, t.microseconds * 1000});
}

/// The moment `ns` from now; zero is now.
inline instant in_ns(i64 ns) noexcept {
    return sched::monotonic_now() + duration{ns};
}
/// The monotonic moment of a real-time clock value.
inline instant of_realtime(i64 ns) noexcept {
    const i64 offset = sched::realtime_offset();
    return {ns <= offset ? 0 : static_cast<u64>(ns - offset)};
}

/// The deadline of a wait with an optional relative timeout; null: never.
inline result<instant> deadline_of(memory::user_ptr<const abi_timespec> timeout) noexcept {
    if (!timeout)
        return instant::never();
    return in_ns(TRY(to_ns(TRY(timeout.load()))));
}
/// Milliseconds as in poll(2): negative is forever.
inline instant deadline_of_ms(i32 ms) noexcept {
    return ms < 0 ? instant::never() : in_ns(i64{ms} * 1'000'000);
}

/// How far `deadline` is away, in ns; never negative.
inline i64 left_until(instant deadline) noexcept {
    const instant now = sched::monotonic_now();
    return deadline > now ? (deadline - now).ns : 0;
}

}  // namespace osprey::abi
