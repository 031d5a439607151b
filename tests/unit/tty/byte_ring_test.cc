// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>
#include <deque>
#include <fs/tty/byte_ring.hh>

using osprey::usize;
using osprey::fs::byte_ring;

TEST(byte_ring, same_as_a_queue) {
    byte_ring ring;
    std::deque<char> model;
    unsigned random = 1;
    for (int step = 0; step < 20000; ++step) {
        random = random * 1103515245 + 12345;
        const usize wanted = random >> 16 & 0x3ff;
        if (random & 0x8000) {
            char text[1024];
            const usize room = ring.room(), n = wanted < room ? wanted : room;
            for (usize i = 0; i < n; ++i)
                model.push_back(text[i] = static_cast<char>(step + static_cast<int>(i)));
            ring.put(text, n);
        } else {
            const char* from;
            const usize together = ring.front(from), n = wanted < together ? wanted : together;
            for (usize i = 0; i < n; ++i, model.pop_front())
                ASSERT_EQ(from[i], model.front());
            ring.skip(n);
        }
        ASSERT_EQ(ring.used(), model.size());
        ASSERT_LE(ring.used(), byte_ring::limit);
    }
}

TEST(byte_ring, ends_at_its_limit) {
    byte_ring ring;
    usize all = 0;
    while (const usize room = ring.room()) {
        const char text[64] = {};
        const usize n = room < sizeof text ? room : sizeof text;
        ring.put(text, n);
        all += n;
    }
    EXPECT_EQ(all, byte_ring::limit);
    ring.keep(10);
    EXPECT_EQ(ring.used(), 10u);
}
