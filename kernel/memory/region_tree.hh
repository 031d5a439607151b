// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>

namespace osprey::memory {

/// The range of a region and its place in a `region_tree`.
struct region_span {
    virtual_address start = 0, end = 0;

    region_span *left = nullptr, *right = nullptr;     // by address
    region_span *previous = nullptr, *next = nullptr;  // neighbours in address order
    u64 widest_gap = 0;  // of the gaps just below the regions of this subtree
    u32 priority = 0;    // heap order makes the tree balanced (treap)
};

/// Disjoint ranges in address order that knows its gaps: finding a region, and finding the highest
/// gap of a size, take logarithmic time. Owns nothing. Not thread safe.
///
/// Treap after C. Aragon and R. Seidel, "Randomized search trees" (1989).
class region_tree {
public:
    constexpr region_tree() noexcept = default;
    region_tree(const region_tree&) = delete;

    [[nodiscard]] bool empty() const noexcept { return root_ == nullptr; }
    [[nodiscard]] region_span* first() const noexcept { return first_; }
    /// The region that contains `address`, or null.
    [[nodiscard]] region_span* find(virtual_address address) const noexcept {
        region_span* above = ending_above(address);
        return above && above->start <= address ? above : nullptr;
    }
    /// The first region whose end is above `address`, or null.
    [[nodiscard]] region_span* ending_above(virtual_address address) const noexcept;

    /// `r` overlaps no region.
    void insert(region_span& r) noexcept;
    void remove(region_span& r) noexcept;
    /// Changes the bounds of `r`, which must not pass its neighbours.
    void resize(region_span& r, virtual_address start, virtual_address end) noexcept;

    /// The highest start of `bytes` free, aligned addresses inside [floor, limit); 0 if there is
    /// none (so `floor` must not be 0).
    [[nodiscard]] virtual_address highest_gap(u64 bytes, u64 alignment, virtual_address floor,
                                              virtual_address limit) const noexcept;

private:
    void refresh(virtual_address key) noexcept;

    region_span* root_ = nullptr;
    region_span* first_ = nullptr;
    region_span* last_ = nullptr;
    u32 seed_ = 0x9e3779b9;
};

}  // namespace osprey::memory
