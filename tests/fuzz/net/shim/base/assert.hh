// SPDX-License-Identifier: BSD-3-Clause
// In front of the kernel's: clang 14 does not know the source locations of this C++ library.
#pragma once

namespace osprey {

[[noreturn]] void panic(const char* message) noexcept;

constexpr void ensure(bool holds, const char* what) noexcept {
    if (!holds)
        panic(what);
}
constexpr void debug_ensure(bool holds, const char* what) noexcept {
    ensure(holds, what);
}

}  // namespace osprey
