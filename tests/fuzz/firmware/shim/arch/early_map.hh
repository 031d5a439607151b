// SPDX-License-Identifier: BSD-3-Clause
// Physical memory of a fuzzed machine: `fuzz::memory`, and nothing behind it.
#pragma once

#include <base/types.hh>
#include <csetjmp>
#include <vector>

namespace fuzz {
inline std::vector<osprey::u8> memory;
inline std::jmp_buf refused;  // a machine that makes no sense ends the boot with a message
}  // namespace fuzz

namespace osprey::arch {

enum class caching { write_back, uncached };
constexpr u64 early_direct_map_bytes = 16384;
inline u64 kernel_image_base = 0;

/// The vector has `early_direct_map_bytes` bytes, so every step outside is seen.
template <typename T = void>
T* direct(physical_address a) noexcept {
    return reinterpret_cast<T*>(fuzz::memory.data() + raw(a));
}

/// High memory reads as the beginning of the low one. Its window is small, as in the kernel.
inline void* map_early(physical_address at, usize bytes, caching) noexcept {
    if (raw(at) >> 52 || bytes > fuzz::memory.size())
        std::longjmp(fuzz::refused, 1);
    return fuzz::memory.data() + (raw(at) % (fuzz::memory.size() - bytes + 1));
}

}  // namespace osprey::arch
