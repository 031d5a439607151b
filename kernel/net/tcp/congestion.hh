// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/time.hh>
#include <string_view>

namespace osprey::net::tcp {

/// The congestion window of one connection and the algorithm that moves it. Bytes throughout.
///
/// Recovery itself (what to send again, and how many bytes meanwhile) is the connection's; an
/// algorithm says how the window grows and to what a loss reduces it. NewReno is RFC 5681, CUBIC
/// RFC 9438; both leave slow start early by HyStart++ (RFC 9406). Integers only.
class congestion_control {
public:
    enum class algorithm : u8 { cubic, reno };
    static constexpr u32 unlimited = 0x7fff'ffff;

    /// Initial window of RFC 6928: ten segments, also of large ones (loopback, jumbo frames).
    void start(u32 mss) noexcept;
    void set_algorithm(algorithm a) noexcept;
    [[nodiscard]] algorithm which() const noexcept { return algorithm_; }

    [[nodiscard]] u32 window() const noexcept { return window_; }
    [[nodiscard]] u32 threshold() const noexcept { return threshold_; }
    [[nodiscard]] bool slow_start() const noexcept { return window_ < threshold_; }
    void set_window(u32 bytes) noexcept { window_ = bytes; }
    void set_threshold(u32 bytes) noexcept { threshold_ = bytes; }

    /// `acked` bytes arrived while the window was the limit, outside recovery.
    void acknowledged(u32 acked, u32 mss, u32 rtt_us, instant now) noexcept;
    /// HyStart++ counts rounds: one begins when what was sent at the last one's start is
    /// acknowledged.
    void round_begins() noexcept;
    /// A loss or an ECN mark: computes the new threshold (the window is moved by the caller).
    void congestion(u32 mss, u32 in_flight) noexcept;
    /// A time-out: threshold as above, and CUBIC's epoch ends.
    void timeout(u32 mss, u32 in_flight) noexcept;
    /// The loss was none (Eifel, D-SACK).
    void undo(u32 window, u32 threshold) noexcept;
    /// Nothing was sent for a while: the epoch must not count that time (RFC 9438 §4.2).
    void idle(duration d) noexcept;

private:
    void cubic_acknowledged(u32 acked, u32 mss, u32 rtt_us, instant now) noexcept;
    void hystart(u32 rtt_us) noexcept;

    algorithm algorithm_ = algorithm::cubic;
    bool css_ = false;  // HyStart++: conservative slow start
    u8 css_rounds_ = 0, samples_ = 0;
    u32 window_ = 0, threshold_ = unlimited;
    u32 partial_ = 0;  // bytes acknowledged towards the next increase
    u32 last_min_ = ~u32{0}, current_min_ = ~u32{0}, css_baseline_ = 0;  // rtt, us
    // CUBIC (RFC 9438 §4)
    u32 max_window_ = 0;  // W_max
    u32 prior_ = 0;       // cwnd_prior
    u32 estimate_ = 0;    // W_est, as Reno would have it
    u32 estimate_partial_ = 0;
    u32 k_ms_ = 0;     // K
    instant epoch_{};  // 0: none
};

/// TCP_CONGESTION by name. @return false: no such algorithm.
bool find_congestion_algorithm(std::string_view name, congestion_control::algorithm& a) noexcept;
std::string_view name_of(congestion_control::algorithm a) noexcept;

}  // namespace osprey::net::tcp
