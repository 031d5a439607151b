// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/result.hh>
#include <base/types.hh>

namespace test {
/// Memory that stands for the guest's RAM, touched only where used, and a descriptor of 32 bytes
/// for each of its pages. Arrays, so that their addresses are known before anything runs.
inline constexpr osprey::usize frame_count = 32768;
extern char ram[frame_count * osprey::page_size];
extern char frame_descriptors[frame_count * 32];
}  // namespace test

namespace osprey::arch {

inline constexpr virtual_address application_limit = 0x7fff'ffff'f000;
inline const virtual_address direct_map_base = reinterpret_cast<virtual_address>(test::ram);
inline const virtual_address frame_table_base =
    reinterpret_cast<virtual_address>(test::frame_descriptors);

template <typename T = void>
T* direct(physical_address a) noexcept {
    return reinterpret_cast<T*>(test::ram + raw(a));
}
inline physical_address physical_of_direct(const void* p) noexcept {
    return physical_address{static_cast<u64>(static_cast<const char*>(p) - test::ram)};
}

}  // namespace osprey::arch
