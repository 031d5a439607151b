// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>

namespace osprey::fs {

/// What procfs counts CPU time in: USER_HZ is 100 on every Linux architecture we serve.
inline constexpr u64 tick_ns = 10'000'000;
inline constexpr u64 page_kb = page_size / 1024;

}  // namespace osprey::fs
