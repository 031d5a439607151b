// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <arch/paging.hh>

namespace osprey::arch {

usize copy_user(void* to, const void* from, usize bytes) noexcept;
usize zero_user(void* to, usize bytes) noexcept;
i64 user_string_length(const char* text, usize limit) noexcept;

}  // namespace osprey::arch
