// SPDX-License-Identifier: BSD-3-Clause
// Readers without locks beside one writer: entries that stay are always found.
#include "../support/retire_list.hh"

#include <gtest/gtest.h>
#include <base/radix_tree.hh>
#include <thread>
#include <vector>

using namespace osprey;

TEST(radix_readers, lasting_entries_are_always_found) {
    radix_tree<u64> tree;
    static u64 objects[200];
    for (u64 i = 0; i < 200; ++i)
        objects[i] = i;
    // Even objects stay at index i * 97, odd ones come and go, as does a far one that changes the
    // height of the tree.
    for (u64 i = 0; i < 200; i += 2)
        ASSERT_TRUE(tree.insert(i * 97, &objects[i]));
    std::atomic<bool> stop{false};
    std::vector<std::thread> readers;
    for (int r = 0; r < 3; ++r)
        readers.emplace_back([&] {
            while (!stop.load(std::memory_order_relaxed)) {
                u64 next_even = 0, found = 0, at = 0;
                while (const u64* object = tree.find_from(at, found)) {
                    if (found != ~u64{0} >> 4) {
                        ASSERT_EQ(found, *object * 97);
                        if (*object % 2 == 0) {
                            ASSERT_EQ(*object, next_even);
                            next_even += 2;
                        }
                    }
                    at = found + 1;
                }
                ASSERT_EQ(next_even, 200u);
                for (u64 i = 0; i < 200; i += 2)
                    ASSERT_EQ(tree.find(i * 97), &objects[i]);
            }
        });
    for (int round = 0; round < 300; ++round) {
        for (u64 i = 1; i < 200; i += 2)
            ASSERT_TRUE(tree.insert(i * 97, &objects[i]));
        ASSERT_TRUE(tree.insert(~u64{0} >> 4, &objects[0]));
        for (u64 i = 1; i < 200; i += 2)
            ASSERT_EQ(tree.erase(i * 97), &objects[i]);
        ASSERT_EQ(tree.erase(~u64{0} >> 4), &objects[0]);
    }
    stop = true;
    for (auto& r : readers)
        r.join();
    test::free_retired();
}
