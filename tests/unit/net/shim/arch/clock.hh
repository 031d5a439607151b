// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/time.hh>

namespace osprey::arch {

/// Stands still until `test::advance`.
instant now() noexcept;

}  // namespace osprey::arch
