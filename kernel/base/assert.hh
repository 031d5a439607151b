// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <source_location>

namespace osprey {

/// Ends the kernel with a crash report; see docs/boot.md. Any context. On the host: abort().
[[noreturn]] void panic(const char* message,
                        std::source_location where = std::source_location::current()) noexcept;

/// An invariant that is cheap enough to check always.
constexpr void ensure(bool holds, const char* what,
                      std::source_location where = std::source_location::current()) noexcept {
    if (!holds) [[unlikely]]
        panic(what, where);
}

/// An invariant that only debug kernels (OSPREY_DEBUG) check.
constexpr void debug_ensure(
    [[maybe_unused]] bool holds, [[maybe_unused]] const char* what,
    [[maybe_unused]] std::source_location where = std::source_location::current()) noexcept {
#ifdef OSPREY_DEBUG
    ensure(holds, what, where);
#endif
}

}  // namespace osprey
