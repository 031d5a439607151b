// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/time.hh>
#include <ctime>

namespace osprey::arch {

inline instant now() noexcept {
    timespec t{};
    clock_gettime(CLOCK_MONOTONIC, &t);
    return {static_cast<u64>(t.tv_sec) * 1'000'000'000 + static_cast<u64>(t.tv_nsec)};
}

}  // namespace osprey::arch
