// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <base/endian.hh>
#include <base/sha256.hh>

namespace osprey {
namespace {

// FIPS 180-4 §4.2.2: cube roots of the first 64 primes.
constexpr u32 constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

}  // namespace

void sha256::take_block(const u8* block) noexcept {
    u32 w[64];
    for (unsigned i = 0; i < 16; ++i)
        w[i] = load_big<u32>(block + 4 * i);
    for (unsigned i = 16; i < 64; ++i) {
        const u32 a = w[i - 15], b = w[i - 2];
        w[i] = w[i - 16] + w[i - 7] + (std::rotr(a, 7) ^ std::rotr(a, 18) ^ a >> 3) +
               (std::rotr(b, 17) ^ std::rotr(b, 19) ^ b >> 10);
    }
    auto [a, b, c, d, e, f, g, h] = state_;
    for (unsigned i = 0; i < 64; ++i) {
        const u32 first = h + (std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25)) +
                          ((e & f) ^ (~e & g)) + constants[i] + w[i];
        const u32 second =
            (std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
        h = g, g = f, f = e, e = d + first;
        d = c, c = b, b = a, a = first + second;
    }
    const u32 add[] = {a, b, c, d, e, f, g, h};
    for (unsigned i = 0; i < 8; ++i)
        state_[i] += add[i];
}

void sha256::update(std::span<const u8> data) noexcept {
    const usize filled = bytes_ % pending_.size();
    bytes_ += data.size();
    if (filled) {
        const usize part = std::min(data.size(), pending_.size() - filled);
        std::memcpy(pending_.data() + filled, data.data(), part);
        data = data.subspan(part);
        if (filled + part < pending_.size())
            return;
        take_block(pending_.data());
    }
    for (; data.size() >= pending_.size(); data = data.subspan(pending_.size()))
        take_block(data.data());
    if (!data.empty())
        std::memcpy(pending_.data(), data.data(), data.size());
}

void sha256::finish(std::span<u8, digest_bytes> digest) noexcept {
    const u64 bits = bytes_ * 8;
    constexpr u8 padding[64] = {0x80};
    update({padding, 1 + (119 - bytes_ % 64) % 64});
    u8 length[8];
    store_big(length, bits);
    update(length);
    for (unsigned i = 0; i < 8; ++i)
        store_big(digest.data() + 4 * i, state_[i]);
}

}  // namespace osprey
