// SPDX-License-Identifier: BSD-3-Clause
// Application memory of the tests is the test program's own.
#include <arch/user_access.hh>
#include <cstring>

namespace osprey::arch {

usize copy_user(void* to, const void* from, usize bytes) noexcept {
    std::memcpy(to, from, bytes);
    return 0;
}
usize zero_user(void* to, usize bytes) noexcept {
    std::memset(to, 0, bytes);
    return 0;
}
i64 user_string_length(const char* text, usize limit) noexcept {
    return static_cast<i64>(strnlen(text, limit));
}

}  // namespace osprey::arch
