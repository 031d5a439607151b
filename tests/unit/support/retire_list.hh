// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/retire.hh>
#include <cstddef>

namespace test {
/// Frees what `retire` collected. @return how many.
std::size_t free_retired();
}  // namespace test
