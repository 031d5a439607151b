// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>

namespace osprey {

using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;
using i8 = std::int8_t;
using i16 = std::int16_t;
using i32 = std::int32_t;
using i64 = std::int64_t;
using usize = std::size_t;

inline constexpr usize page_shift = 12;
inline constexpr usize page_size = usize{1} << page_shift;
inline constexpr usize large_page_shift = 21;
inline constexpr usize large_page_size = usize{1} << large_page_shift;

/// An address on the memory bus. Never dereferenced; see `memory::direct_map`.
enum class physical_address : u64 {};

constexpr u64 raw(physical_address a) noexcept {
    return static_cast<u64>(a);
}
constexpr physical_address operator+(physical_address a, u64 bytes) noexcept {
    return physical_address{raw(a) + bytes};
}

/// An address as the CPU uses it, of the kernel or of the application. Plain integer on purpose:
/// regions do arithmetic on it all day; it becomes a pointer in few, visible places.
using virtual_address = u64;

template <typename T>
constexpr T align_down(T value, u64 alignment) noexcept {
    return static_cast<T>(value & ~(alignment - 1));
}
template <typename T>
constexpr T align_up(T value, u64 alignment) noexcept {
    return static_cast<T>((value + alignment - 1) & ~(alignment - 1));
}
template <typename T>
constexpr bool is_aligned(T value, u64 alignment) noexcept {
    return (value & (alignment - 1)) == 0;
}

}  // namespace osprey
