// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace osprey::arch {

/// Decides by CPUID whether memcpy, memmove and memset use the CPU's string instructions for large
/// blocks. Called once at boot; before that they use plain loops.
void choose_string_functions() noexcept;

}  // namespace osprey::arch
