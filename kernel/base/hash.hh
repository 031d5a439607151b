// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/endian.hh>
#include <base/types.hh>
#include <bit>
#include <string_view>

namespace osprey {

/// Spreads the bits of a key that nobody chooses with ill intent (addresses, ids): the finaliser of
/// D. Stafford's "Mix13", a bijection.
constexpr u64 mix(u64 x) noexcept {
    x ^= x >> 30;
    x *= 0xbf58476d1ce4e5b9;
    x ^= x >> 27;
    x *= 0x94d049bb133111eb;
    return x ^ x >> 31;
}
constexpr u64 mix(u64 a, u64 b) noexcept {
    return mix(a + 0x9e3779b97f4a7c15 * (b + 1));
}

/// Key of `siphash`.
struct hash_key {
    u64 k0 = 0, k1 = 0;
};

/// SipHash-1-3 (Aumasson, Bernstein 2012): for tables whose keys come from outside (file names,
/// network addresses), under a key drawn at boot.
inline u64 siphash(hash_key key, std::string_view text) noexcept {
    u64 v0 = key.k0 ^ 0x736f6d6570736575, v1 = key.k1 ^ 0x646f72616e646f6d;
    u64 v2 = key.k0 ^ 0x6c7967656e657261, v3 = key.k1 ^ 0x7465646279746573;
    const auto round = [&]() noexcept {
        v0 += v1, v2 += v3;
        v1 = std::rotl(v1, 13) ^ v0, v3 = std::rotl(v3, 16) ^ v2;
        v0 = std::rotl(v0, 32);
        v2 += v1, v0 += v3;
        v1 = std::rotl(v1, 17) ^ v2, v3 = std::rotl(v3, 21) ^ v0;
        v2 = std::rotl(v2, 32);
    };
    const char* at = text.data();
    for (usize left = text.size() / 8; left != 0; --left, at += 8) {
        const u64 word = load_little<u64>(at);
        v3 ^= word;
        round();
        v0 ^= word;
    }
    u64 last = static_cast<u64>(text.size()) << 56;
    for (usize i = 0; i < text.size() % 8; ++i)
        last |= static_cast<u64>(static_cast<unsigned char>(at[i])) << 8 * i;
    v3 ^= last;
    round();
    v0 ^= last;
    v2 ^= 0xff;
    round();
    round();
    round();
    return v0 ^ v1 ^ v2 ^ v3;
}

}  // namespace osprey
