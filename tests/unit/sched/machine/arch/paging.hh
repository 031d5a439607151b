// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>

namespace osprey::arch {
enum class caching : u8 { uncached };
}  // namespace osprey::arch
