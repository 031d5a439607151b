// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <base/types.hh>

namespace osprey::memory {

/// The sizes in which the kernel heap keeps small objects. Each is a multiple of 16 and fits a page
/// several times with little rest; those that are a multiple of some power of two are aligned to
/// it, because slabs are pages and objects lie in them from offset 0 on.
inline constexpr std::array<u16, 21> class_sizes = {16,  32,  48,  64,  80,   96,   112,
                                                    128, 160, 192, 224, 256,  320,  384,
                                                    448, 512, 672, 816, 1024, 1360, 2048};
inline constexpr usize class_count = class_sizes.size();
inline constexpr usize largest_class = class_sizes.back();

namespace detail {
constexpr auto class_table = [] {
    std::array<u8, largest_class / 16 + 1> t{};
    usize c = 0;
    for (usize i = 0; i < t.size(); ++i) {
        while (class_sizes[c] < i * 16)
            ++c;
        t[i] = static_cast<u8>(c);
    }
    return t;
}();
}  // namespace detail

/// The class for `bytes` at `alignment` (a power of two up to the page size); `class_count` when
/// whole pages are the answer.
constexpr usize size_class_for(usize bytes, usize alignment) noexcept {
    if (bytes > largest_class)
        return class_count;
    usize c = detail::class_table[(bytes + 15) / 16];
    if (alignment > 16) [[unlikely]]
        while (c < class_count && class_sizes[c] % alignment != 0)
            ++c;
    return c;
}

}  // namespace osprey::memory
