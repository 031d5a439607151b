// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <cstring>
#include <memory/buddy.hh>
#include <random>
#include <vector>

using namespace osprey;
using namespace osprey::memory;

namespace {

constexpr frame_number blocks = 20;

/// Frames 512 … 20 * 512; descriptors are full of garbage but for the first of each block.
struct machine {
    machine() : memory(blocks * buddy::block_frames * sizeof(frame), 0xa5) {
        for (frame_number b = 0; b < blocks; ++b)
            (new (table() + b * buddy::block_frames) frame)->set(frame::untouched);
        free.give_run(buddy::block_frames, (blocks - 1) * buddy::block_frames);
    }
    frame* table() { return reinterpret_cast<frame*>(memory.data()); }
    std::vector<unsigned char> memory;
    buddy free{table()};
};

bool exists(frame_number n) {
    return n < blocks * buddy::block_frames;
}

}  // namespace

TEST(buddy, hands_out_each_frame_once_and_merges_again) {
    machine m;
    const u64 all = (blocks - 1) * buddy::block_frames;
    ASSERT_EQ(m.free.free_frames(), all);
    std::mt19937 random(3);
    std::vector<std::pair<frame_number, unsigned>> taken;
    std::vector<bool> used(blocks * buddy::block_frames);
    for (int step = 0; step < 200000; ++step) {
        if (random() % 2) {
            unsigned order = random() % 100 == 0 ? 9 : random() % 5;
            frame_number n = m.free.take(order);
            if (!n)
                continue;
            ASSERT_TRUE(is_aligned(n, u64{1} << order));
            for (frame_number i = n; i < n + (1u << order); ++i) {
                ASSERT_FALSE(used[i]);
                used[i] = true;
            }
            taken.emplace_back(n, order);
        } else if (!taken.empty()) {
            std::swap(taken[random() % taken.size()], taken.back());
            auto [n, order] = taken.back();
            taken.pop_back();
            for (frame_number i = n; i < n + (1u << order); ++i)
                used[i] = false;
            if (order == buddy::largest_order && random() % 2) {
                m.free.touch(n);
                for (frame_number i = 0; i < buddy::block_frames; ++i)
                    m.free.give(n + (i * 77) % buddy::block_frames, 0);
            } else {
                m.free.give(n, order);
            }
        }
    }
    for (auto [n, order] : taken)
        m.free.give(n, order);
    EXPECT_EQ(m.free.free_frames(), all);
    EXPECT_EQ(m.free.free_blocks(buddy::largest_order), blocks - 1);
}

TEST(buddy, takes_singles_from_fragments_first) {
    machine m;
    const u64 all = m.free.free_frames();
    frame_number chain = 0;
    u64 taken = m.free.take_singles(32, chain);
    EXPECT_EQ(taken, 32u);
    ASSERT_NE(m.free.take(2), 0u);
    EXPECT_EQ(m.free.free_blocks(buddy::largest_order), blocks - 2);
    while (u32 n = m.free.take_singles(20, chain))
        taken += n;
    EXPECT_EQ(taken, all - 4);
    std::vector<bool> seen(blocks * buddy::block_frames);
    for (u64 i = 0; i < taken; ++i) {
        ASSERT_NE(chain, 0u);
        ASSERT_FALSE(seen[chain]);
        seen[chain] = true;
        frame_number next = m.table()[chain].next;
        m.free.give(chain, 0);
        chain = next;
    }
    EXPECT_EQ(chain, 0u);
    EXPECT_EQ(m.free.free_frames(), all - 4);
}

TEST(buddy, keeps_large_blocks_whole) {
    machine m;
    for (int i = 0; i < 500; ++i)
        ASSERT_NE(m.free.take(0), 0u);
    EXPECT_EQ(m.free.free_blocks(buddy::largest_order), blocks - 2);
}

TEST(buddy, finds_adjacent_blocks) {
    machine m;
    frame_number n = m.free.take_pair(exists);
    ASSERT_NE(n, 0u);
    EXPECT_EQ(m.free.free_frames(), (blocks - 3) * buddy::block_frames);
    m.free.give_run(n, 2 * buddy::block_frames);
    while (m.free.take(buddy::largest_order)) {
    }
    EXPECT_EQ(m.free.take_pair(exists), 0u);
    m.free.give(512, buddy::largest_order);
    m.free.give(512 * 3, buddy::largest_order);
    EXPECT_EQ(m.free.take_pair(exists), 0u) << "they are not neighbours";
    m.free.give(512 * 2, buddy::largest_order);
    EXPECT_NE(m.free.take_pair(exists), 0u);
}
