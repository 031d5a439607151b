// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>
#include <base/chacha.hh>
#include <base/hash.hh>
#include <set>

using namespace osprey;

// RFC 8439 §2.3.2.
TEST(chacha, block_of_the_specification) {
    std::array<u32, 8> key;
    for (u32 i = 0; i < 8; ++i)
        key[i] = 0x03020100 + 0x04040404 * i;
    u8 out[64];
    chacha20_block(key, 1, {0x09000000, 0x4a000000, 0}, std::span<u8, 64>{out});
    const u8 first[] = {0x10, 0xf1, 0xe7, 0xe4, 0xd1, 0x3b, 0x59, 0x15};
    const u8 last[] = {0xb5, 0x12, 0x9c, 0xd1, 0xde, 0x16, 0x4e, 0xb9};
    for (int i = 0; i < 8; ++i) {
        EXPECT_EQ(out[i], first[i]);
        EXPECT_EQ(out[48 + i], last[i]);
    }
}

TEST(random_generator_test, seeds_differ_and_do_not_repeat) {
    random_generator a, b, c;
    const u8 seed[] = {1, 2, 3};
    a.seed(seed);
    b.seed(seed);
    std::set<u64> seen;
    for (int i = 0; i < 1000; ++i) {
        const u64 x = a.next();
        EXPECT_EQ(x, b.next());
        EXPECT_NE(x, c.next());
        EXPECT_TRUE(seen.insert(x).second);
    }
    u8 long_text[1000] = {};
    a.fill(long_text);
    EXPECT_NE(long_text[999] | long_text[500] | long_text[0], 0);
}

// Reference value: SipHash-1-3 of bytes 0..n-1 under key 00..0f is checked against an independent
// formulation of the algorithm.
TEST(siphash_test, agrees_with_plain_formulation) {
    const auto plain = [](u64 k0, u64 k1, const std::string& m) {
        u64 v[4] = {k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261,
                    k1 ^ 0x7465646279746573};
        const auto rotate = [](u64 x, int n) {
            return x << n | x >> (64 - n);
        };
        const auto round = [&] {
            v[0] += v[1];
            v[1] = rotate(v[1], 13);
            v[1] ^= v[0];
            v[0] = rotate(v[0], 32);
            v[2] += v[3];
            v[3] = rotate(v[3], 16);
            v[3] ^= v[2];
            v[0] += v[3];
            v[3] = rotate(v[3], 21);
            v[3] ^= v[0];
            v[2] += v[1];
            v[1] = rotate(v[1], 17);
            v[1] ^= v[2];
            v[2] = rotate(v[2], 32);
        };
        std::string padded = m;
        while (padded.size() % 8 != 7)
            padded.push_back(0);
        padded.push_back(static_cast<char>(m.size()));
        for (size_t i = 0; i < padded.size(); i += 8) {
            u64 w;
            memcpy(&w, padded.data() + i, 8);
            v[3] ^= w;
            round();
            v[0] ^= w;
        }
        v[2] ^= 0xff;
        for (int i = 0; i < 3; ++i)
            round();
        return v[0] ^ v[1] ^ v[2] ^ v[3];
    };
    std::string text;
    for (int i = 0; i < 70; ++i) {
        EXPECT_EQ(siphash({123, 456}, text), plain(123, 456, text)) << i;
        text.push_back(static_cast<char>(i * 7));
    }
}

TEST(mix_test, is_a_bijection_on_samples) {
    std::set<u64> seen;
    for (u64 i = 0; i < 10000; ++i)
        EXPECT_TRUE(seen.insert(mix(i)).second);
}
