// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>

namespace osprey::arch {

/// Multiplication by a fraction: value * multiplier / 2^shift, exact to 32 bits.
struct scale {
    u32 multiplier = 0;
    u32 shift = 0;

    /// The fraction numerator / denominator; zero when the denominator is.
    static constexpr scale from(u64 numerator, u64 denominator) noexcept {
        scale s{0, 32};
        if (denominator == 0)
            return s;
        // As many fraction bits as keep the multiplier within 32 bits
        while (s.shift > 0 && (numerator >> (64 - s.shift) != 0 ||
                               (numerator << s.shift) / denominator > 0xffff'ffff))
            --s.shift;
        s.multiplier = static_cast<u32>((numerator << s.shift) / denominator);
        return s;
    }
    [[nodiscard]] constexpr u64 apply(u64 value) const noexcept {
        return static_cast<u64>(static_cast<unsigned __int128>(value) * multiplier >> shift);
    }
};

}  // namespace osprey::arch
