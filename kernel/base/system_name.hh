// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>
#include <span>
#include <string_view>

namespace osprey {

/// What uname(2) and /proc tell about the system. The release is that of the Linux whose ABI the
/// kernel offers: programs (glibc among them) compare it with what they need.
struct system_name {
    static constexpr std::string_view system = "Linux";
    static constexpr std::string_view release = "6.1.0-osprey";
    static constexpr std::string_view version = "#1 SMP PREEMPT_DYNAMIC Osprey 0.1.0";
    static constexpr std::string_view domain = "(none)";
};

/// Longest host name (__NEW_UTS_LEN of Linux).
inline constexpr usize host_name_limit = 64;

/// Copies the host name into `room`. @return its part of `room`. Any context.
std::string_view host_name(std::span<char, host_name_limit + 1> room) noexcept;
/// Names longer than `host_name_limit` are cut. Context: one caller at a time is expected; readers
/// beside it see the old or the new name whole.
void set_host_name(std::string_view name) noexcept;

}  // namespace osprey
