// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <base/types.hh>
#include <span>

namespace osprey {

/// SHA-256 (FIPS 180-4). Cost: about 45 instructions per byte.
class sha256 {
public:
    static constexpr usize digest_bytes = 32;
    void update(std::span<const u8> data) noexcept;
    /// The digest of all data; the object is of no use afterwards.
    void finish(std::span<u8, digest_bytes> digest) noexcept;

private:
    void take_block(const u8* block) noexcept;
    std::array<u32, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                              0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    std::array<u8, 64> pending_{};
    u64 bytes_ = 0;
};

}  // namespace osprey
