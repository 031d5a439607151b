// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <base/types.hh>

namespace osprey {

/// CRC-32C (Castagnoli, RFC 3720 appendix B.4), byte by byte. `state` begins as all ones and is the
/// inverse of the sum in the end. Where speed counts there is `arch::crc32c`.
constexpr u32 crc32c_by_table(u32 state, const u8* data, usize bytes) noexcept {
    constexpr auto table = [] {
        std::array<u32, 256> entries{};
        for (u32 i = 0; i < 256; ++i) {
            u32 c = i;
            for (int bit = 0; bit < 8; ++bit)
                c = c >> 1 ^ (c & 1 ? 0x82f6'3b78u : 0);
            entries[i] = c;
        }
        return entries;
    }();
    for (usize i = 0; i < bytes; ++i)
        state = state >> 8 ^ table[(state ^ data[i]) & 0xff];
    return state;
}

}  // namespace osprey
