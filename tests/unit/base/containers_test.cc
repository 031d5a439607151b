// SPDX-License-Identifier: BSD-3-Clause
#include "../support/heap_control.hh"

#include <gtest/gtest.h>
#include <base/bitmap.hh>
#include <base/endian.hh>
#include <base/inline_function.hh>
#include <base/intrusive_list.hh>
#include <base/intrusive_tree.hh>
#include <base/scope_exit.hh>
#include <base/string.hh>
#include <base/vector.hh>

using namespace osprey;

TEST(vector_test, grows_and_keeps_values) {
    vector<int> v;
    for (int i = 0; i < 1000; ++i)
        ASSERT_TRUE(v.push_back(i));
    ASSERT_EQ(v.size(), 1000u);
    for (int i = 0; i < 1000; ++i)
        ASSERT_EQ(v[i], i);
    v.erase(0);
    EXPECT_EQ(v.front(), 1);
    v.erase_unordered(0);
    EXPECT_EQ(v.front(), 999);
    ASSERT_TRUE(v.insert(1, -5));
    EXPECT_EQ(v[1], -5);
    EXPECT_EQ(v[2], 2);
    ASSERT_TRUE(v.resize(3));
    EXPECT_EQ(v.size(), 3u);
}

TEST(vector_test, pushes_its_own_element) {
    vector<unique_ptr<int>> owners;
    vector<string> texts;
    ASSERT_TRUE(texts.push_back(std::move(string::copy_of("first").value())));
    for (int i = 0; i < 100; ++i) {
        auto copy = string::copy_of(texts[0].view());
        ASSERT_TRUE(texts.push_back(std::move(*copy)));
        ASSERT_TRUE(owners.push_back(std::move(*make_unique<int>(i))));
    }
    EXPECT_EQ(texts[100].view(), "first");
    EXPECT_EQ(*owners[99], 99);
    vector<unique_ptr<int>> moved{std::move(owners)};
    EXPECT_TRUE(owners.empty());
    EXPECT_EQ(moved.size(), 100u);
}

TEST(vector_test, reports_exhaustion) {
    vector<int> v;
    ASSERT_TRUE(v.push_back(1));
    ASSERT_TRUE(v.reserve(1));
    test::failing_heap no_memory{0};
    auto grown = v.reserve(1000);
    ASSERT_FALSE(grown);
    EXPECT_EQ(grown.error(), errc::out_of_memory);
    EXPECT_EQ(v.size(), 1u);
    EXPECT_FALSE(v.reserve(~usize{0} / 2));
}

TEST(string_test, append_and_view) {
    string s;
    EXPECT_STREQ(s.c_str(), "");
    ASSERT_TRUE(s.append("hello"));
    ASSERT_TRUE(s.push_back(' '));
    ASSERT_TRUE(s.append("world"));
    EXPECT_EQ(s, "hello world");
    EXPECT_STREQ(s.c_str(), "hello world");
    s.truncate(5);
    EXPECT_STREQ(s.c_str(), "hello");
    auto f = string::format("{}-{:03}", "x", 7);
    ASSERT_TRUE(f);
    EXPECT_EQ(f->view(), "x-007");
}

TEST(string_test, failing_append_keeps_text) {
    string s;
    ASSERT_TRUE(s.append("0123456789012345678901234567890123456789"));
    test::failing_heap no_memory{0};
    EXPECT_FALSE(s.append("0123456789012345678901234567890123456789"));
    EXPECT_EQ(s.view(), "0123456789012345678901234567890123456789");
    EXPECT_STREQ(s.c_str(), "0123456789012345678901234567890123456789");
}

TEST(bitmap_test, search) {
    bitmap<130> b;
    EXPECT_EQ(b.find_set(), b.none);
    EXPECT_EQ(b.find_clear(), 0u);
    b.set(129);
    b.set(64);
    EXPECT_EQ(b.find_set(), 64u);
    EXPECT_EQ(b.find_set(65), 129u);
    EXPECT_EQ(b.find_set(130), b.none);
    for (usize i = 0; i < 130; ++i)
        b.set(i);
    EXPECT_EQ(b.find_clear(), b.none);
    EXPECT_EQ(b.count(), 130u);
    b.clear(127);
    EXPECT_EQ(b.find_clear(3), 127u);
}

TEST(endian_test, loads_and_stores) {
    unsigned char bytes[9] = {0, 1, 2, 3, 4, 5, 6, 7, 8};
    EXPECT_EQ(load_little<u32>(bytes + 1), 0x04030201u);
    EXPECT_EQ(load_big<u32>(bytes + 1), 0x01020304u);
    EXPECT_EQ(load_little<u64>(bytes + 1), 0x0807060504030201u);
    store_big<u16>(bytes, 0xabcd);
    EXPECT_EQ(bytes[0], 0xab);
    be32 n = 0x11223344;
    EXPECT_EQ(reinterpret_cast<unsigned char*>(&n)[0], 0x11);
    EXPECT_EQ(n, 0x11223344u);
}

TEST(inline_function_test, moves_and_destroys) {
    auto shared = std::make_shared<int>(5);
    {
        inline_function<int(int)> f = [shared](int x) {
            return *shared + x;
        };
        EXPECT_EQ(f(2), 7);
        EXPECT_EQ(shared.use_count(), 2);
        inline_function<int(int)> g = std::move(f);
        EXPECT_FALSE(f);
        EXPECT_EQ(g(3), 8);
        EXPECT_EQ(shared.use_count(), 2);
    }
    EXPECT_EQ(shared.use_count(), 1);
}

TEST(scope_exit_test, runs_unless_released) {
    int runs = 0;
    {
        scope_exit undo{[&] {
            ++runs;
        }};
    }
    {
        scope_exit undo{[&] {
            ++runs;
        }};
        undo.release();
    }
    EXPECT_EQ(runs, 1);
}

namespace {
struct item {
    int key = 0;
    list_hook link;
    tree_hook node;
};
}  // namespace

TEST(intrusive_list_test, order_and_removal) {
    item a{1}, b{2}, c{3};
    intrusive_list<item, &item::link> list;
    list.push_back(b);
    list.push_back(c);
    list.push_front(a);
    int expected = 1;
    for (item& i : list)
        EXPECT_EQ(i.key, expected++);
    list.remove(b);
    list.remove(b);
    EXPECT_FALSE(b.link.linked());
    EXPECT_EQ(list.pop_front(), &a);
    EXPECT_EQ(list.pop_front(), &c);
    EXPECT_TRUE(list.empty());
}

TEST(intrusive_tree_test, order_and_bounds) {
    intrusive_tree<item, &item::node,
                   [](const item& i) {
                       return i.key;
                   }>
        tree;
    item items[50];
    for (int i = 0; i < 50; ++i) {
        items[i].key = i * 37 % 50 * 2;
        tree.insert(items[i]);
    }
    int expected = 0;
    for (item* i = tree.first(); i; i = tree.next(*i), expected += 2)
        EXPECT_EQ(i->key, expected);
    EXPECT_EQ(expected, 100);
    EXPECT_EQ(tree.lower_bound(7)->key, 8);
    EXPECT_EQ(tree.floor(7)->key, 6);
    EXPECT_EQ(tree.floor(-1), nullptr);
    for (auto& i : items)
        tree.remove(i);
    EXPECT_TRUE(tree.empty());
}
