// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/result.hh>
#include <base/types.hh>
#include <string_view>

namespace osprey::proc {

/// A whole number, decimal or with 0x or 0 in front, blanks around it allowed, as kstrtoint takes.
/// @return `errc::invalid_argument`.
result<i64> parse_setting(std::string_view text) noexcept;

}  // namespace osprey::proc
