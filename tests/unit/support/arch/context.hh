// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <base/types.hh>

namespace osprey::arch {

inline constexpr usize kernel_stack_bytes = 16 * 1024;
struct thread_head {
    std::atomic<u32> return_work{0};
};
struct thread_context {};
}  // namespace osprey::arch
