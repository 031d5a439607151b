// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>

namespace osprey::arch {
struct thread_context {};
}  // namespace osprey::arch
