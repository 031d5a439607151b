// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/time.hh>

namespace osprey::net::tcp {

/// Round-trip times and what follows from them for retransmission (RFC 6298), in microseconds.
class rtt_estimator {
public:
    static constexpr u32 initial_timeout = 1'000'000, least_timeout = 200'000;
    static constexpr u32 most_timeout = 120'000'000;

    void sample(u32 us) noexcept {
        if (us == 0)
            us = 1;
        latest_ = us;
        if (us < minimum_)
            minimum_ = us;
        if (smoothed8_ == 0) {
            smoothed8_ = us * 8;
            variation4_ = us * 2;
            return;
        }
        const u32 smoothed = smoothed8_ / 8;
        const u32 error = us > smoothed ? us - smoothed : smoothed - us;
        variation4_ = variation4_ - variation4_ / 4 + error;
        smoothed8_ = smoothed8_ - smoothed + us;
    }
    [[nodiscard]] bool known() const noexcept { return smoothed8_ != 0; }
    [[nodiscard]] u32 smoothed() const noexcept { return smoothed8_ / 8; }
    [[nodiscard]] u32 variation() const noexcept { return variation4_ / 4; }
    [[nodiscard]] u32 latest() const noexcept { return latest_; }
    /// ~0: none was measured.
    [[nodiscard]] u32 minimum() const noexcept { return minimum_; }
    /// The time-out before any backing off. As Linux does, the variation counts as at least the
    /// smallest time-out, so that a steady path does not time out at its delayed acknowledgements.
    [[nodiscard]] u32 timeout() const noexcept {
        if (!known())
            return initial_timeout;
        const u32 margin = variation4_ < least_timeout ? least_timeout : variation4_;
        const u32 t = smoothed() + margin;
        return t < most_timeout ? t : most_timeout;
    }

private:
    u32 smoothed8_ = 0, variation4_ = 0, latest_ = 0, minimum_ = ~u32{0};
};

constexpr duration microseconds(u64 us) noexcept {
    return duration::microseconds(static_cast<i64>(us));
}

}  // namespace osprey::net::tcp
