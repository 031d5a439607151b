// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>
#include <lz4.h>
#include <lz4hc.h>

#include <fs/erofs/lz4.hh>
#include <memory>
#include <random>
#include <vector>

namespace {
using namespace osprey;

/// Exactly sized heap copies, so that the sanitizer sees every step outside.
bool unpack(const std::vector<u8>& packed, std::size_t bytes, std::vector<u8>* to = nullptr) {
    std::unique_ptr<u8[]> in{new u8[packed.size()]}, out{new u8[bytes]};
    std::copy(packed.begin(), packed.end(), in.get());
    const bool fine =
        static_cast<bool>(fs::erofs::lz4_unpack({in.get(), packed.size()}, {out.get(), bytes}));
    if (to)
        to->assign(out.get(), out.get() + bytes);
    return fine;
}

std::vector<u8> sample(std::mt19937& random) {
    std::vector<u8> data;
    const std::size_t bytes = random() % 20000;
    const unsigned kind = random() % 4;
    while (data.size() < bytes) {
        if (kind == 0 || data.empty() || random() % 8 == 0) {
            for (unsigned n = 1 + random() % 60; n; --n)
                data.push_back(static_cast<u8>(random()));
        } else {
            const std::size_t distance =
                1 + random() % std::min<std::size_t>(data.size(), kind == 1 ? 12 : 60000);
            for (unsigned n = 4 + random() % (kind == 2 ? 2000 : 40); n; --n)
                data.push_back(data[data.size() - distance]);
        }
    }
    data.resize(bytes);
    return data;
}

std::vector<u8> pack(const std::vector<u8>& data, bool hard) {
    const int room = LZ4_compressBound(static_cast<int>(data.size()));
    std::vector<u8> packed(static_cast<std::size_t>(room));
    const auto* from = reinterpret_cast<const char*>(data.data());
    auto* to = reinterpret_cast<char*>(packed.data());
    const int n = hard ? LZ4_compress_HC(from, to, static_cast<int>(data.size()), room, 9)
                       : LZ4_compress_default(from, to, static_cast<int>(data.size()), room);
    packed.resize(static_cast<std::size_t>(n));
    return packed;
}

TEST(lz4, unpacks_what_the_library_packs) {
    std::mt19937 random{3};
    for (int round = 0; round < 3000; ++round) {
        const auto data = sample(random);
        const auto packed = pack(data, round % 2);
        std::vector<u8> out;
        ASSERT_TRUE(unpack(packed, data.size(), &out));
        ASSERT_TRUE(out == data);
        // Only the beginning
        const std::size_t part = data.empty() ? 0 : random() % data.size();
        ASSERT_TRUE(unpack(packed, part, &out));
        ASSERT_TRUE(std::equal(out.begin(), out.end(), data.begin()));
        ASSERT_FALSE(unpack(packed, data.size() + 1));
    }
}

TEST(lz4, survives_damage) {
    std::mt19937 random{4};
    for (int round = 0; round < 20000; ++round) {
        const auto data = sample(random);
        auto packed = pack(data, false);
        if (packed.empty())
            continue;
        for (unsigned n = 1 + random() % 8; n; --n)
            packed[random() % packed.size()] = static_cast<u8>(random());
        if (random() % 2)
            packed.resize(random() % packed.size());
        (void)unpack(packed, data.size() + random() % 100);
    }
}

}  // namespace
