// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <map>
#include <memory/region_tree.hh>
#include <memory>
#include <random>
#include <vector>

using namespace osprey;
using namespace osprey::memory;

namespace {

constexpr u64 limit = 1000 * page_size;

/// Which pages are taken, the slow and obvious way.
struct model {
    std::vector<bool> taken = std::vector<bool>(1000);

    u64 highest_gap(u64 pages, u64 alignment, u64 floor, u64 top) const {
        if (top < pages)
            return 0;
        for (u64 at = (top - pages) / alignment * alignment; at >= floor && at > 0;
             at -= std::min(alignment, at)) {
            bool free = true;
            for (u64 i = at; i < at + pages; ++i)
                free = free && !taken[i];
            if (free)
                return at;
        }
        return 0;
    }
};

}  // namespace

TEST(region_tree, agrees_with_a_model) {
    std::mt19937 random(7);
    auto pick = [&](u64 n) {
        return random() % n;
    };
    region_tree tree;
    model pages;
    std::map<u64, std::unique_ptr<region_span>> regions;

    for (int step = 0; step < 60000; ++step) {
        if (pick(5) < 3) {
            u64 count = 1 + pick(20), alignment = u64{1} << pick(5);
            u64 floor = 1 + pick(300), top = 500 + pick(501);
            u64 at = tree.highest_gap(count * page_size, alignment * page_size, floor * page_size,
                                      top * page_size);
            ASSERT_EQ(at / page_size, pages.highest_gap(count, alignment, floor, top));
            if (at == 0)
                continue;
            auto r = std::make_unique<region_span>();
            r->start = at, r->end = at + count * page_size;
            tree.insert(*r);
            for (u64 i = at / page_size; i < r->end / page_size; ++i)
                pages.taken[i] = true;
            regions[at] = std::move(r);
        } else if (!regions.empty()) {
            auto it = regions.lower_bound(pick(1000) * page_size);
            if (it == regions.end())
                it = regions.begin();
            region_span& r = *it->second;
            if (pick(3) == 0 && r.end - r.start > page_size) {
                if (pick(2)) {
                    pages.taken[r.end / page_size - 1] = false;
                    tree.resize(r, r.start, r.end - page_size);
                } else {
                    pages.taken[r.start / page_size] = false;
                    auto owned = std::move(it->second);
                    regions.erase(it);
                    tree.resize(*owned, owned->start + page_size, owned->end);
                    regions[owned->start] = std::move(owned);
                }
            } else {
                for (u64 i = r.start / page_size; i < r.end / page_size; ++i)
                    pages.taken[i] = false;
                tree.remove(r);
                regions.erase(it);
            }
        }
        u64 probe = pick(1000) * page_size;
        auto above = regions.upper_bound(probe);
        region_span* expected = nullptr;
        if (above != regions.begin() && std::prev(above)->second->end > probe)
            expected = std::prev(above)->second.get();
        ASSERT_EQ(tree.find(probe), expected);
        ASSERT_EQ(tree.find(probe) != nullptr, pages.taken[probe / page_size]);
        if (step % 1000 == 0) {
            region_span* at = tree.first();
            for (auto& [start, r] : regions) {
                ASSERT_EQ(at, r.get());
                at = at->next;
            }
            ASSERT_EQ(at, nullptr);
        }
    }
}
