// SPDX-License-Identifier: BSD-3-Clause
#include <base/chacha.hh>
#include <base/endian.hh>

#include <bit>

namespace osprey {
namespace {

void quarter_round(std::array<u32, 16>& s, int a, int b, int c, int d) noexcept {
    s[a] += s[b], s[d] = std::rotl(s[d] ^ s[a], 16);
    s[c] += s[d], s[b] = std::rotl(s[b] ^ s[c], 12);
    s[a] += s[b], s[d] = std::rotl(s[d] ^ s[a], 8);
    s[c] += s[d], s[b] = std::rotl(s[b] ^ s[c], 7);
}

}  // namespace

void chacha20_block(const std::array<u32, 8>& key, u32 counter, const std::array<u32, 3>& nonce,
                    std::span<u8, 64> out) noexcept {
    const std::array<u32, 16> start{0x61707865, 0x3320646e, 0x79622d32, 0x6b206574, key[0], key[1],
                                    key[2],     key[3],     key[4],     key[5],     key[6], key[7],
                                    counter,    nonce[0],   nonce[1],   nonce[2]};
    std::array<u32, 16> s = start;
    for (int i = 0; i < 10; ++i) {
        quarter_round(s, 0, 4, 8, 12);
        quarter_round(s, 1, 5, 9, 13);
        quarter_round(s, 2, 6, 10, 14);
        quarter_round(s, 3, 7, 11, 15);
        quarter_round(s, 0, 5, 10, 15);
        quarter_round(s, 1, 6, 11, 12);
        quarter_round(s, 2, 7, 8, 13);
        quarter_round(s, 3, 4, 9, 14);
    }
    for (usize i = 0; i < 16; ++i)
        store_little<u32>(out.data() + 4 * i, s[i] + start[i]);
}

void random_generator::refill() noexcept {
    std::array<u8, 64> block;
    chacha20_block(key_, 0, {}, block);
    std::array<u32, 8> next_key;
    for (usize i = 0; i < 8; ++i)
        next_key[i] = load_little<u32>(block.data() + 4 * i);
    std::memcpy(pool_.data(), block.data() + 32, 32);
    for (u32 i = 1; i < 8; ++i)
        chacha20_block(key_, i, {}, std::span<u8, 64>{pool_.data() + 32 + 64 * (i - 1), 64});
    key_ = next_key;
    left_ = pool_.size();
}

void random_generator::seed(std::span<const u8> entropy) noexcept {
    for (usize i = 0; i < entropy.size(); ++i) {
        key_[i / 4 % 8] ^= static_cast<u32>(entropy[i]) << 8 * (i % 4);
        if (i % 32 == 31)
            refill();  // longer seeds go in piece by piece
    }
    refill();
}

void random_generator::fill(std::span<u8> out) noexcept {
    while (!out.empty()) {
        if (left_ == 0)
            refill();
        const usize n = out.size() < left_ ? out.size() : left_;
        u8* from = pool_.data() + pool_.size() - left_;
        std::memcpy(out.data(), from, n);
        std::memset(from, 0, n);
        left_ -= n;
        out = out.subspan(n);
    }
}

u64 random_generator::next() noexcept {
    u64 value;
    fill({reinterpret_cast<u8*>(&value), sizeof value});
    return value;
}

}  // namespace osprey
