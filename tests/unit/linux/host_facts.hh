// SPDX-License-Identifier: BSD-3-Clause
// What the host's headers say, for those that cannot include them.
#pragma once

#include <cstddef>
#include <span>

namespace host {

struct number {
    const char* name;
    long value;
};
/// System calls by name, as x86-64 numbers them; in the order of syscalls.def.
std::span<const number> x86_64_calls() noexcept;
/// Sizes of structures, and "struct.member" for offsets.
std::span<const number> structures() noexcept;

}  // namespace host
