// SPDX-License-Identifier: BSD-3-Clause
#include "../support/heap_control.hh"
#include "../support/retire_list.hh"

#include <gtest/gtest.h>
#include <base/radix_tree.hh>
#include <map>
#include <random>
#include <set>

using namespace osprey;

namespace {
struct radix : testing::Test {
    void TearDown() override { test::free_retired(); }
    int objects[64];
    u64 found = 0;
};
}  // namespace

TEST_F(radix, extremes) {
    radix_tree<int> tree;
    EXPECT_EQ(tree.find(0), nullptr);
    EXPECT_EQ(tree.find_from(0, found), nullptr);
    ASSERT_TRUE(tree.insert(0, &objects[0]));
    ASSERT_TRUE(tree.insert(~u64{0}, &objects[1]));
    ASSERT_TRUE(tree.insert(63, &objects[2]));
    ASSERT_TRUE(tree.insert(64, &objects[3]));
    EXPECT_EQ(tree.insert(64, &objects[3]).error(), errc::exists);
    EXPECT_EQ(tree.find(0), &objects[0]);
    EXPECT_EQ(tree.find(~u64{0}), &objects[1]);
    EXPECT_EQ(tree.find_from(1, found), &objects[2]);
    EXPECT_EQ(found, 63u);
    EXPECT_EQ(tree.find_from(65, found), &objects[1]);
    EXPECT_EQ(found, ~u64{0});
    EXPECT_EQ(tree.erase(~u64{0}), &objects[1]);
    EXPECT_EQ(tree.erase(~u64{0}), nullptr);
    EXPECT_EQ(tree.find_from(65, found), nullptr);
    EXPECT_EQ(tree.erase(64), &objects[3]);
    EXPECT_EQ(tree.erase(63), &objects[2]);
    EXPECT_EQ(tree.erase(0), &objects[0]);
    EXPECT_TRUE(tree.empty());
}

TEST_F(radix, like_a_map) {
    std::mt19937_64 random{42};
    for (int round = 0; round < 30; ++round) {
        radix_tree<int> tree;
        std::map<u64, int*> model;
        std::set<u64> tagged;
        const u64 limit = round % 3 == 0 ? 100 : round % 3 == 1 ? 100'000 : ~u64{0};
        for (int step = 0; step < 3000; ++step) {
            u64 index = random() % limit;
            if (round % 3 == 2)
                index >>= random() % 64;
            int* object = &objects[random() % 64];
            switch (random() % 6) {
                case 0:
                case 1:
                    ASSERT_EQ(tree.insert(index, object).has_value(),
                              model.emplace(index, object).second);
                    break;
                case 2: {
                    if (!model.empty() && random() % 2) {
                        auto it = model.lower_bound(index);
                        index = it == model.end() ? model.begin()->first : it->first;
                    }
                    auto it = model.find(index);
                    int* old = tree.erase(index);
                    ASSERT_EQ(old, it == model.end() ? nullptr : it->second);
                    model.erase(index);
                    tagged.erase(index);
                    break;
                }
                case 3:
                    if (auto it = model.lower_bound(index); it != model.end()) {
                        if (random() % 2) {
                            tree.set_tag(it->first, 1);
                            tagged.insert(it->first);
                        } else {
                            tree.clear_tag(it->first, 1);
                            tagged.erase(it->first);
                        }
                        ASSERT_FALSE(tree.has_tag(it->first, 0));
                        ASSERT_EQ(tree.has_tag(it->first, 1), tagged.count(it->first) != 0);
                    }
                    break;
                case 4: {
                    int* object = tree.find_from(index, found);
                    auto it = model.lower_bound(index);
                    ASSERT_EQ(object, it == model.end() ? nullptr : it->second);
                    if (object) {
                        ASSERT_EQ(found, it->first);
                    }
                    break;
                }
                case 5: {
                    int* object = tree.find_tagged(index, 1, found);
                    auto it = tagged.lower_bound(index);
                    ASSERT_EQ(object != nullptr, it != tagged.end());
                    if (object) {
                        ASSERT_EQ(found, *it);
                    }
                    ASSERT_EQ(tree.find_tagged(index, 0, found), nullptr);
                    break;
                }
            }
            ASSERT_EQ(tree.size(), model.size());
        }
        auto it = model.begin();
        tree.for_each(0, ~u64{0}, [&](u64 index, int* object) {
            EXPECT_EQ(index, it->first);
            EXPECT_EQ(object, it->second);
            ++it;
            tree.erase(index);
            return true;
        });
        EXPECT_TRUE(it == model.end());
        EXPECT_TRUE(tree.empty());
    }
}

TEST_F(radix, failing_heap_leaves_no_trace) {
    for (long allowed = 0; allowed < 12; ++allowed) {
        radix_tree<int> tree;
        ASSERT_TRUE(tree.insert(5, &objects[0]));
        {
            test::failing_heap limited{allowed};
            (void)tree.insert(u64{1} << 40, &objects[1]);
        }
        EXPECT_EQ(tree.find(5), &objects[0]);
        EXPECT_EQ(tree.size(), tree.find(u64{1} << 40) ? 2u : 1u);
        int seen = 0;
        tree.for_each(0, ~u64{0}, [&](u64, int*) { return ++seen, true; });
        EXPECT_EQ(seen, static_cast<int>(tree.size()));
    }
}
