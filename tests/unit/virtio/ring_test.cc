// SPDX-License-Identifier: BSD-3-Clause
// The driver's side of a virtqueue against a device that is played here.
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <deque>
#include <drivers/virtio/ring.hh>
#include <random>
#include <vector>

namespace {

using namespace osprey;
using namespace osprey::drivers::virtio;

/// Addresses are those of the host: the pretended device reads the driver's memory directly.
struct pair {
    pair(u16 entries, u64 features) : entries{entries}, features{features} {
        memory = static_cast<u8*>(std::aligned_alloc(4096, ring::bytes_for(entries)));
        std::memset(memory, 0, ring::bytes_for(entries));
        book.resize(ring::book_keeping_bytes(entries));
        driver.set_book_keeping(book.data());
        driver.open(memory, entries, features);
        table = reinterpret_cast<descriptor*>(memory);
        available = reinterpret_cast<u16*>(memory + driver.driver_area());
        used = reinterpret_cast<u16*>(memory + driver.device_area());
    }
    ~pair() { std::free(memory); }

    bool has_event_index() const { return features >> feature_event_index & 1; }
    struct taken {
        u16 head;
        std::vector<descriptor> parts;
    };
    std::vector<taken> take() {
        std::vector<taken> all;
        for (; seen != available[1]; ++seen) {
            taken t{available[2 + seen % entries], {}};
            EXPECT_LT(t.head, entries);
            const descriptor* from = table;
            u16 at = t.head;
            if (table[at].flags & descriptor_indirect) {
                from = reinterpret_cast<const descriptor*>(table[at].address);
                at = 0;
            }
            for (;;) {
                t.parts.push_back(from[at]);
                if (!(from[at].flags & descriptor_chained))
                    break;
                at = from[at].next;
                EXPECT_LE(t.parts.size(), 64u);
            }
            all.push_back(t);
        }
        if (has_event_index())  // tell me at the next one
            *reinterpret_cast<u16*>(reinterpret_cast<u8*>(used) + 4 + 8 * entries) = seen;
        return all;
    }
    /// @return whether an interrupt is due.
    bool give_back(u16 head, u32 bytes) {
        const u16 before = used[1];
        u32 entry[2] = {head, bytes};
        std::memcpy(reinterpret_cast<u8*>(used) + 4 + 8 * (before % entries), entry, 8);
        used[1] = static_cast<u16>(before + 1);
        if (has_event_index())
            return available[2 + entries] == before;
        return !(available[0] & 1);
    }

    u16 entries;
    u64 features;
    u8* memory;
    std::vector<u8> book;
    ring driver;
    descriptor* table;
    u16* available;
    u16* used;
    u16 seen = 0;
};

class with_features : public testing::TestWithParam<u64> {};

TEST_P(with_features, requests_go_around) {
    pair p{16, GetParam()};
    std::mt19937 random{5};
    std::vector<std::vector<descriptor>> tables(1 << 16);
    struct waiting {
        pair::taken chain;
        u32 token;
    };
    std::deque<u32> offered;
    std::vector<waiting> at_device;
    u32 next = 0, done = 0;
    while (done < 20000) {
        if (random() % 2) {  // offer
            segment parts[8];
            const usize count = 1 + random() % 8, reads = random() % (count + 1);
            for (usize i = 0; i < count; ++i)
                parts[i] = {u64{next} * 100 + i, static_cast<u32>(i + 1)};
            bool added;
            const u16 free = p.driver.free_entries();
            if (p.driver.can_use_indirect() && random() % 2) {
                auto& table = tables[next % tables.size()];
                table.resize(count);
                added = p.driver.add_indirect(table.data(), reinterpret_cast<u64>(table.data()),
                                              {parts, reads}, {parts + reads, count - reads}, next);
                EXPECT_EQ(added, free >= 1);
            } else {
                added = p.driver.add({parts, reads}, {parts + reads, count - reads}, next);
                EXPECT_EQ(added, free >= count);
            }
            if (added) {
                offered.push_back(next++);
                p.driver.publish();
            }
        }
        if (random() % 3 == 0) {  // the device looks
            for (auto& chain : p.take()) {
                ASSERT_FALSE(offered.empty());
                const u32 token = offered.front();
                offered.pop_front();
                EXPECT_EQ(chain.parts[0].address, u64{token} * 100);
                for (usize i = 0; i < chain.parts.size(); ++i)
                    EXPECT_EQ(chain.parts[i].bytes, i + 1);
                at_device.push_back({chain, token});
            }
        }
        if (!at_device.empty() && random() % 2) {  // any order
            std::swap(at_device[random() % at_device.size()], at_device.back());
            const auto w = at_device.back();
            at_device.pop_back();
            p.give_back(w.chain.head, w.token + 7);
            ASSERT_TRUE(p.driver.has_used());
            const auto c = p.driver.take();
            ASSERT_TRUE(c);
            EXPECT_EQ(c->token, w.token);
            EXPECT_EQ(c->bytes, w.token + 7);
            EXPECT_FALSE(p.driver.take());
            ++done;
        }
    }
    for (auto& w : at_device)
        p.give_back(w.chain.head, 0);
    while (p.driver.take()) {
    }
    for (auto& chain : p.take())
        p.give_back(chain.head, 0);
    while (p.driver.take()) {
    }
    EXPECT_EQ(p.driver.free_entries(), 16);
}

TEST_P(with_features, interrupts_come_when_asked_for) {
    pair p{8, GetParam()};
    const segment part{1, 1};
    for (int round = 0; round < 10000; ++round) {
        ASSERT_TRUE(p.driver.add({&part, 1}, {}, 1));
        ASSERT_TRUE(p.driver.add({&part, 1}, {}, 2));
        ASSERT_TRUE(p.driver.publish());  // the device has seen all before
        auto chains = p.take();
        ASSERT_EQ(chains.size(), 2u);
        ASSERT_TRUE(p.driver.enable_interrupt());
        ASSERT_TRUE(p.give_back(chains[0].head, 0));
        p.give_back(chains[1].head, 0);
        ASSERT_FALSE(p.driver.enable_interrupt());
        ASSERT_TRUE(p.driver.take());
        ASSERT_TRUE(p.driver.take());
        ASSERT_FALSE(p.driver.take());
    }
}

TEST_P(with_features, a_broken_device_is_ignored) {
    pair p{8, GetParam()};
    const segment part{1, 1};
    ASSERT_TRUE(p.driver.add({&part, 1}, {}, 9));
    p.driver.publish();
    p.give_back(700, 0);  // no such entry
    p.give_back(3, 0);    // not in flight
    p.give_back(0, 0);
    p.give_back(0, 0);  // twice
    const auto c = p.driver.take();
    ASSERT_TRUE(c);
    EXPECT_EQ(c->token, 9u);
    EXPECT_FALSE(p.driver.take());
    EXPECT_EQ(p.driver.free_entries(), 8);
}

INSTANTIATE_TEST_SUITE_P(rings, with_features,
                         testing::Values(u64{0}, u64{1} << feature_indirect,
                                         u64{1} << feature_event_index,
                                         u64{1} << feature_indirect | u64{1}
                                                                          << feature_event_index));

}  // namespace
