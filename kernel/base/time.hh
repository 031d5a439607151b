// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>
#include <compare>

namespace osprey {

/// A span of time in nanoseconds; may be negative.
struct duration {
    i64 ns = 0;

    static constexpr duration seconds(i64 s) noexcept { return {s * 1'000'000'000}; }
    static constexpr duration milliseconds(i64 ms) noexcept { return {ms * 1'000'000}; }
    static constexpr duration microseconds(i64 us) noexcept { return {us * 1'000}; }
    static constexpr duration nanoseconds(i64 n) noexcept { return {n}; }
    constexpr auto operator<=>(const duration&) const = default;
    friend constexpr duration operator+(duration a, duration b) noexcept { return {a.ns + b.ns}; }
    friend constexpr duration operator-(duration a, duration b) noexcept { return {a.ns - b.ns}; }
};

/// A point on the monotonic clock: nanoseconds since the kernel started. Never goes backward on
/// any CPU.
struct instant {
    u64 ns = 0;

    static constexpr instant never() noexcept { return {~u64{0}}; }
    constexpr auto operator<=>(const instant&) const = default;
    friend constexpr duration operator-(instant a, instant b) noexcept {
        return {static_cast<i64>(a.ns - b.ns)};
    }
    /// Saturates at `never()`: a timeout too far to represent never fires.
    friend constexpr instant operator+(instant a, duration d) noexcept {
        u64 sum = a.ns + static_cast<u64>(d.ns);
        if (d.ns >= 0 && sum < a.ns)
            return never();
        return {sum};
    }
};

}  // namespace osprey
