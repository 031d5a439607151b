// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>
#include <bit>
#include <concepts>
#include <cstring>

namespace osprey {

template <std::integral T>
constexpr T byte_swap(T value) noexcept {
    if constexpr (sizeof(T) == 1)
        return value;
    else if constexpr (sizeof(T) == 2)
        return static_cast<T>(__builtin_bswap16(static_cast<u16>(value)));
    else if constexpr (sizeof(T) == 4)
        return static_cast<T>(__builtin_bswap32(static_cast<u32>(value)));
    else
        return static_cast<T>(__builtin_bswap64(static_cast<u64>(value)));
}

/// Value with its bytes in little-endian (big-endian) order, and back.
template <std::integral T>
constexpr T little_endian(T value) noexcept {
    return std::endian::native == std::endian::little ? value : byte_swap(value);
}
template <std::integral T>
constexpr T big_endian(T value) noexcept {
    return std::endian::native == std::endian::big ? value : byte_swap(value);
}

/// Loads and stores at any alignment.
template <std::integral T>
T load_little(const void* from) noexcept {
    T value;
    std::memcpy(&value, from, sizeof value);
    return little_endian(value);
}
template <std::integral T>
T load_big(const void* from) noexcept {
    T value;
    std::memcpy(&value, from, sizeof value);
    return big_endian(value);
}
template <std::integral T>
void store_little(void* to, T value) noexcept {
    value = little_endian(value);
    std::memcpy(to, &value, sizeof value);
}
template <std::integral T>
void store_big(void* to, T value) noexcept {
    value = big_endian(value);
    std::memcpy(to, &value, sizeof value);
}

/// An integer as a disk or wire structure holds it: fixed byte order, no alignment.
template <std::integral T, std::endian Order>
class [[gnu::packed]] ordered_integer {
public:
    constexpr ordered_integer() noexcept = default;
    constexpr ordered_integer(T value) noexcept : stored_{convert(value)} {}
    constexpr operator T() const noexcept { return convert(stored_); }

private:
    static constexpr T convert(T v) noexcept {
        return Order == std::endian::native ? v : byte_swap(v);
    }
    T stored_ = 0;
};
using le16 = ordered_integer<u16, std::endian::little>;
using le32 = ordered_integer<u32, std::endian::little>;
using le64 = ordered_integer<u64, std::endian::little>;
using be16 = ordered_integer<u16, std::endian::big>;
using be32 = ordered_integer<u32, std::endian::big>;
using be64 = ordered_integer<u64, std::endian::big>;
static_assert(sizeof(le64) == 8 && alignof(le64) == 1);

}  // namespace osprey
