// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>

namespace osprey::net::tcp {

/// Sequence numbers live on a circle (RFC 9293 §3.4): comparisons hold for numbers that are less
/// than 2^31 apart.
using sequence_number = u32;

constexpr i32 distance(sequence_number from, sequence_number to) noexcept {
    return static_cast<i32>(to - from);
}
constexpr bool before(sequence_number a, sequence_number b) noexcept {
    return distance(b, a) < 0;
}
constexpr bool after(sequence_number a, sequence_number b) noexcept {
    return before(b, a);
}
constexpr bool not_after(sequence_number a, sequence_number b) noexcept {
    return !before(b, a);
}
constexpr bool not_before(sequence_number a, sequence_number b) noexcept {
    return !before(a, b);
}
constexpr sequence_number later(sequence_number a, sequence_number b) noexcept {
    return before(a, b) ? b : a;
}
constexpr sequence_number earlier(sequence_number a, sequence_number b) noexcept {
    return before(a, b) ? a : b;
}
/// Bytes from `begin` up to, not including, `end`.
struct sequence_range {
    sequence_number begin, end;
};

static_assert(before(0xffff'fff0, 5) && after(5, 0xffff'fff0));

}  // namespace osprey::net::tcp
