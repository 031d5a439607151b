// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <memory/size_class.hh>

using namespace osprey;
using namespace osprey::memory;

TEST(size_class, holds_every_size) {
    for (usize bytes = 0; bytes <= largest_class; ++bytes) {
        usize c = size_class_for(bytes, 16);
        ASSERT_LT(c, class_count);
        EXPECT_GE(class_sizes[c], bytes);
        if (c > 0) {
            EXPECT_LT(class_sizes[c - 1], bytes) << "a smaller class would do";
        }
    }
    EXPECT_EQ(size_class_for(largest_class + 1, 16), class_count);
}

TEST(size_class, respects_alignment) {
    for (usize alignment = 1; alignment <= page_size; alignment *= 2)
        for (usize bytes = 1; bytes <= largest_class; ++bytes) {
            usize c = size_class_for(bytes, alignment);
            if (c < class_count) {
                EXPECT_EQ(class_sizes[c] % std::min<usize>(alignment, 16), 0u);
                if (alignment > 16) {
                    EXPECT_EQ(class_sizes[c] % alignment, 0u);
                }
            } else {
                EXPECT_GT(alignment, 2048u) << "only whole pages are aligned that strictly";
            }
        }
}

TEST(size_class, wastes_little) {
    for (u16 size : class_sizes)
        EXPECT_LT(page_size % size, page_size / 8) << size;
}
