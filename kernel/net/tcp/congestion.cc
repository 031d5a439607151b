// SPDX-License-Identifier: BSD-3-Clause
#include <net/tcp/congestion.hh>
#include <trace/tracepoint.hh>

namespace osprey::net::tcp {

namespace {

/// Whole cube root, by bits from the top: 21 rounds of shifts and one multiplication each.
u32 cube_root(u64 x) noexcept {
    u64 y = 0;
    for (int shift = 63; shift >= 0; shift -= 3) {
        y *= 2;
        const u64 b = 3 * y * (y + 1) + 1;
        if (x >> shift >= b) {
            x -= b << shift;
            ++y;
        }
    }
    return static_cast<u32>(y);
}

u32 larger(u32 a, u32 b) noexcept {
    return a < b ? b : a;
}

// HyStart++ (RFC 9406 §4.3)
constexpr u32 hystart_least_threshold = 4000, hystart_most_threshold = 16000;  // us
constexpr u8 hystart_samples = 8, css_growth_divisor = 4, css_most_rounds = 5;

}  // namespace

void congestion_control::start(u32 mss) noexcept {
    window_ = 10 * mss;
    threshold_ = unlimited;
}

void congestion_control::set_algorithm(algorithm a) noexcept {
    algorithm_ = a;
    epoch_ = {};
    max_window_ = partial_ = 0;
}

void congestion_control::hystart(u32 rtt_us) noexcept {
    if (rtt_us < current_min_)
        current_min_ = rtt_us;
    if (samples_ < 255)
        ++samples_;
    if (samples_ < hystart_samples || last_min_ == ~u32{0})
        return;
    if (!css_) {
        u32 margin = last_min_ / 8;
        margin = margin < hystart_least_threshold  ? hystart_least_threshold
                 : margin > hystart_most_threshold ? hystart_most_threshold
                                                   : margin;
        if (current_min_ >= last_min_ + margin) {
            css_ = true;
            css_rounds_ = 0;
            css_baseline_ = current_min_;
        }
    } else if (current_min_ < css_baseline_) {
        css_ = false;  // the delay was noise
    }
}

void congestion_control::round_begins() noexcept {
    last_min_ = current_min_;
    current_min_ = ~u32{0};
    samples_ = 0;
    if (css_ && slow_start() && ++css_rounds_ >= css_most_rounds) {
        threshold_ = window_;
        css_ = false;
    }
}

void congestion_control::acknowledged(u32 acked, u32 mss, u32 rtt_us, instant now) noexcept {
    if (slow_start()) {
        if (rtt_us)
            hystart(rtt_us);
        u32 growth = css_ ? acked / css_growth_divisor : acked;
        if (growth > threshold_ - window_)
            growth = threshold_ - window_;
        window_ += growth;
        return;
    }
    if (algorithm_ == algorithm::cubic) {
        cubic_acknowledged(acked, mss, rtt_us, now);
        return;
    }
    partial_ += acked;
    if (partial_ >= window_) {  // RFC 5681 §3.1, by bytes (RFC 3465)
        partial_ -= window_;
        window_ += mss;
    }
}

void congestion_control::cubic_acknowledged(u32 acked, u32 mss, u32 rtt_us, instant now) noexcept {
    constexpr u64 kilo = 1000;
    if (epoch_ == instant{}) {
        epoch_ = now;
        estimate_ = window_;
        estimate_partial_ = 0;
        // K = cbrt((W_max - cwnd) / C), C = 0.4 segments/s^3, here in ms.
        if (max_window_ > window_) {
            const u64 segments_milli = u64{max_window_ - window_} * kilo / mss;
            k_ms_ = cube_root(segments_milli * 5 / 2 * 1'000'000);
        } else {
            k_ms_ = 0;
            max_window_ = window_;
        }
    }
    // W_cubic(t + RTT) = C (t - K)^3 + W_max
    const i64 elapsed_ms = (now - epoch_).ns / 1'000'000 + rtt_us / 1000;
    i64 t = elapsed_ms - static_cast<i64>(k_ms_);
    constexpr i64 most_ms = 1'000'000;
    t = t > most_ms ? most_ms : t < -most_ms ? -most_ms : t;
    const i64 cube_milli = t * t * t / 1'000'000;  // (ms^3 -> s^3) * 1000, segments * C below
    i64 target = static_cast<i64>(max_window_) + cube_milli * 2 / 5 * static_cast<i64>(mss) / 1000;
    // RFC 9438 §4.3: as Reno with alpha = 3 (1 - beta) / (1 + beta) = 9/17 would have it.
    estimate_partial_ += acked;
    if (estimate_partial_ >= window_) {
        estimate_partial_ -= window_;
        estimate_ += estimate_ >= prior_ ? mss : mss * 9 / 17;
    }
    const i64 most = static_cast<i64>(window_) * 3 / 2;
    if (target > most)
        target = most;
    if (target < static_cast<i64>(estimate_))
        target = estimate_;
    if (target > static_cast<i64>(window_)) {
        // (target - cwnd) / cwnd for each byte acknowledged; the rest is kept for the next one.
        const u64 growth = u64{acked} * static_cast<u64>(target - window_) + partial_;
        window_ += static_cast<u32>(growth / window_);
        partial_ = static_cast<u32>(growth % window_);
    }
}

TRACEPOINT(tcp, tcp_congestion, u32 mss, u32 in_flight);
void congestion_control::congestion(u32 mss, u32 in_flight) noexcept {
    TRACE(tcp_congestion, mss, in_flight);
    css_ = false;
    if (algorithm_ == algorithm::reno) {
        threshold_ = larger(in_flight / 2, 2 * mss);
        return;
    }
    prior_ = window_;
    // Fast convergence (RFC 9438 §4.7): gives up room to newcomers.
    max_window_ = window_ < max_window_ ? static_cast<u32>(u64{window_} * 17 / 20) : window_;
    threshold_ = larger(static_cast<u32>(u64{window_} * 7 / 10), 2 * mss);
    epoch_ = {};
    partial_ = 0;
}

TRACEPOINT(tcp, tcp_congestion_timeout, u32 mss, u32 in_flight);
void congestion_control::timeout(u32 mss, u32 in_flight) noexcept {
    TRACE(tcp_congestion_timeout, mss, in_flight);
    congestion(mss, in_flight);
    last_min_ = current_min_ = ~u32{0};
}

void congestion_control::undo(u32 window, u32 threshold) noexcept {
    window_ = larger(window_, window);
    threshold_ = larger(threshold_, threshold);
    epoch_ = {};
    if (max_window_ < window_)
        max_window_ = window_;
}

void congestion_control::idle(duration d) noexcept {
    if (epoch_ != instant{})
        epoch_ = epoch_ + d;
}

bool find_congestion_algorithm(std::string_view name, congestion_control::algorithm& a) noexcept {
    if (name == "cubic")
        a = congestion_control::algorithm::cubic;
    else if (name == "reno")
        a = congestion_control::algorithm::reno;
    else
        return false;
    return true;
}

std::string_view name_of(congestion_control::algorithm a) noexcept {
    return a == congestion_control::algorithm::cubic ? "cubic" : "reno";
}

}  // namespace osprey::net::tcp
