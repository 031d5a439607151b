// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <charconv>
#include <fs/synthetic/synthetic.hh>
#include <net/settings.hh>

namespace osprey::fs {

/// Takes a number off the front of `text`.
/// @return `errc::invalid_argument`: not a number, or not from `least` to `most`.
inline result<u32> number_in(std::string_view& text, u32 least, u32 most) noexcept {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    u32 value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || value < least || value > most)
        return errc::invalid_argument;
    text.remove_prefix(static_cast<usize>(end - text.data()));
    return value;
}

/// A file below /proc/sys/net that shows and sets one number of `net::settings()`.
using number_setting = std::atomic<u32> net::network_settings::*;

template <number_setting Member>
result<void> show_setting(string& out) noexcept {
    return print(out, "{}\n", (net::settings().*Member).load());
}
template <number_setting Member, u32 Least, u32 Most>
result<void> store_setting(std::string_view text) noexcept {
    (net::settings().*Member).store(TRY(number_in(text, Least, Most)));
    net::settings().changed();
    return ok;
}
template <number_setting Member, u32 Least, u32 Most>
constexpr text_functions knob{show_setting<Member>, store_setting<Member, Least, Most>};

/// What has one value here, and can only be read.
struct fixed_value {
    std::string_view name, value;
};
inline result<void> add(synthetic_directory& to, std::span<const fixed_value> values) noexcept {
    for (const auto& v : values)
        TRY_VOID(to.constant(v.name, v.value));
    return ok;
}

/// net.ipv4.tcp_* (tcp_knobs.cc)
result<void> add_tcp_knobs(synthetic_directory& ipv4) noexcept;

}  // namespace osprey::fs
