// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>
#include <algorithm>
#include <memory>
#include <thread>
#include <trace/ring.hh>
#include <vector>

namespace osprey::trace {
namespace {

/// A ring with its pages.
class ring_of_pages {
public:
    explicit ring_of_pages(u32 count)
        : storage_{std::make_unique<page_image[]>(count)},
          numbers_{std::make_unique<std::atomic<u64>[]>(count)} {
        for (u32 i = 0; i < count; ++i)
            pages_.push_back(&storage_[i]);
        records = std::make_unique<ring>(pages_.data(), numbers_.get(), count);
    }
    std::unique_ptr<ring> records;

private:
    std::unique_ptr<page_image[]> storage_;
    std::unique_ptr<std::atomic<u64>[]> numbers_;
    std::vector<page_image*> pages_;
};

/// Record n: its number, as often as its length (which follows from the number) has room.
bool write_numbered(ring& to, u32 n, u64 now) {
    u32 words[64];
    const usize length = 1 + n % 50;
    std::fill_n(words, length, n);
    return to.write(words, length * sizeof(u32), now);
}

struct seen {
    u32 number;
    u64 time;
};
/// Takes a page apart; every record must be whole.
void take(const page_image& page, std::vector<seen>& to) {
    page_walker walk{page};
    while (walk.next()) {
        const u32* words = reinterpret_cast<const u32*>(walk.record());
        const usize length = walk.bytes() / sizeof(u32);
        ASSERT_EQ(length, 1 + words[0] % 50);
        for (usize i = 0; i < length; ++i)
            ASSERT_EQ(words[i], words[0]);
        to.push_back({words[0], walk.time()});
    }
}

std::vector<seen> read_all(const ring& from, ring_position& at) {
    auto page = std::make_unique<page_image>();
    std::vector<seen> all;
    while (from.read(at, *page))
        take(*page, all);
    return all;
}

TEST(ring, gives_back_what_was_written_with_its_times) {
    ring_of_pages r{8};
    u64 now = 1000;
    std::vector<u64> times;
    for (u32 n = 0; n < 100; ++n) {
        now += n % 10 == 0 ? u64{1} << 33 : n;  // more than 27 bits now and then
        times.push_back(now);
        ASSERT_TRUE(write_numbered(*r.records, n, now));
    }
    ring_position at;
    const auto all = read_all(*r.records, at);
    ASSERT_EQ(all.size(), 100u);
    for (u32 n = 0; n < 100; ++n) {
        EXPECT_EQ(all[n].number, n);
        EXPECT_EQ(all[n].time, times[n]);
    }
    EXPECT_FALSE(r.records->has_more_than(at));
}

TEST(ring, a_page_read_in_parts_keeps_its_times) {
    ring_of_pages r{4};
    ring_position at;
    auto page = std::make_unique<page_image>();
    for (u32 n = 0; n < 20; ++n) {
        ASSERT_TRUE(write_numbered(*r.records, n, 500 + n * 7));
        ASSERT_TRUE(r.records->read(at, *page));
        std::vector<seen> one;
        take(*page, one);
        ASSERT_EQ(one.size(), 1u);
        EXPECT_EQ(one[0].time, 500 + n * 7);
    }
}

TEST(ring, overwrites_the_oldest_and_says_so) {
    ring_of_pages r{4};
    constexpr u32 count = 2000;
    for (u32 n = 0; n < count; ++n)
        ASSERT_TRUE(write_numbered(*r.records, n, n));
    ring_position at;
    auto page = std::make_unique<page_image>();
    ASSERT_TRUE(r.records->read(at, *page));
    EXPECT_TRUE(page->commit & page_image::missed);
    std::vector<seen> all;
    take(*page, all);
    const auto rest = read_all(*r.records, at);
    all.insert(all.end(), rest.begin(), rest.end());
    EXPECT_EQ(all.back().number, count - 1);
    EXPECT_EQ(all.size() + r.records->overwritten.load(), count);
    for (usize i = 1; i < all.size(); ++i)
        EXPECT_EQ(all[i].number, all[i - 1].number + 1);
}

TEST(ring, that_keeps_the_oldest_drops_what_has_no_room) {
    ring_of_pages r{4};
    r.records->keep_oldest.store(true);
    u32 kept = 0;
    while (write_numbered(*r.records, kept, kept))
        ++kept;
    EXPECT_FALSE(write_numbered(*r.records, kept, kept));
    EXPECT_EQ(r.records->dropped.load(), 2u);
    ring_position at;
    const auto all = read_all(*r.records, at);
    ASSERT_EQ(all.size(), kept);
    EXPECT_EQ(all.front().number, 0u);
    r.records->consumed.store(at.page);
    EXPECT_TRUE(write_numbered(*r.records, kept, kept));
}

// One writer that never waits, readers that are overtaken by it again and again.
TEST(ring, readers_see_whole_records_while_it_is_written) {
    ring_of_pages r{4};
    constexpr u32 count = 60'000;
    std::atomic<bool> done{false};
    auto reader = [&] {
        ring_position at;
        auto page = std::make_unique<page_image>();
        u64 last = 0;
        for (bool finished = false; !finished;) {
            finished = done.load(std::memory_order_acquire);
            while (r.records->read(at, *page)) {
                std::vector<seen> some;
                take(*page, some);
                for (const seen& s : some) {
                    ASSERT_GT(s.number, last);
                    ASSERT_EQ(s.time, u64{s.number} * 3);
                    last = s.number;
                }
            }
        }
        EXPECT_EQ(last, count);
    };
    std::thread first{reader}, second{reader};
    for (u32 n = 1; n <= count; ++n)
        write_numbered(*r.records, n, u64{n} * 3);
    done.store(true, std::memory_order_release);
    first.join();
    second.join();
}

}  // namespace
}  // namespace osprey::trace
