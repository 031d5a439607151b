// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>

namespace osprey::boot {

/// `--selftest=NAME`: runs the kernel's own test of a subsystem and ends the machine with status 0
/// or 1. Context: thread.
[[noreturn]] void run_self_test(std::string_view name) noexcept;

}  // namespace osprey::boot
