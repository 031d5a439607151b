// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <memory/region_tree.hh>

namespace osprey::memory {
namespace {

u64 gap_below(const region_span& r) noexcept {
    return r.start - (r.previous ? r.previous->end : 0);
}

void update(region_span& r) noexcept {
    r.widest_gap = std::max(
        {gap_below(r), r.left ? r.left->widest_gap : 0, r.right ? r.right->widest_gap : 0});
}

/// Divides the subtree `t` into what lies below `key` and what does not.
void split(region_span* t, virtual_address key, region_span*& below, region_span*& above) noexcept {
    if (!t) {
        below = above = nullptr;
    } else if (t->start < key) {
        below = t;
        split(t->right, key, t->right, above);
        update(*t);
    } else {
        above = t;
        split(t->left, key, below, t->left);
        update(*t);
    }
}

region_span* join(region_span* below, region_span* above) noexcept {
    if (!below || !above)
        return below ? below : above;
    if (below->priority > above->priority) {
        below->right = join(below->right, above);
        update(*below);
        return below;
    }
    above->left = join(below, above->left);
    update(*above);
    return above;
}

void put(region_span*& t, region_span& r) noexcept {
    if (!t || t->priority < r.priority) {
        split(t, r.start, r.left, r.right);
        t = &r;
    } else {
        put(r.start < t->start ? t->left : t->right, r);
    }
    update(*t);
}

void drop(region_span*& t, region_span& r) noexcept {
    if (t == &r) {
        t = join(r.left, r.right);
        return;
    }
    drop(r.start < t->start ? t->left : t->right, r);
    update(*t);
}

struct gap_request {
    u64 bytes, alignment;
    virtual_address floor, limit;

    /// The highest fitting start in [low, high), or 0.
    [[nodiscard]] virtual_address fit(virtual_address low, virtual_address high) const noexcept {
        low = std::max(low, floor);
        high = std::min(high, limit);
        if (high < low || high - low < bytes)
            return 0;
        virtual_address at = align_down(high - bytes, alignment);
        return at >= low ? at : 0;
    }

    [[nodiscard]] virtual_address search(const region_span* t) const noexcept {
        if (!t || t->widest_gap < bytes)
            return 0;
        if (t->end < limit)
            if (virtual_address at = search(t->right))
                return at;
        if (virtual_address at = fit(t->previous ? t->previous->end : 0, t->start))
            return at;
        return t->start > floor ? search(t->left) : 0;
    }
};

}  // namespace

region_span* region_tree::ending_above(virtual_address address) const noexcept {
    region_span* best = nullptr;
    for (region_span* t = root_; t;) {
        if (t->end > address) {
            best = t;
            if (t->start <= address)
                break;
            t = t->left;
        } else {
            t = t->right;
        }
    }
    return best;
}

void region_tree::refresh(virtual_address key) noexcept {
    region_span* path[128];
    unsigned depth = 0;
    for (region_span* t = root_; t && depth < 128;) {
        path[depth++] = t;
        if (t->start == key)
            break;
        t = key < t->start ? t->left : t->right;
    }
    while (depth)
        update(*path[--depth]);
}

void region_tree::insert(region_span& r) noexcept {
    r.left = r.right = nullptr;
    r.next = ending_above(r.start);
    r.previous = r.next ? r.next->previous : last_;
    (r.previous ? r.previous->next : first_) = &r;
    (r.next ? r.next->previous : last_) = &r;
    seed_ ^= seed_ << 13, seed_ ^= seed_ >> 17, seed_ ^= seed_ << 5;  // xorshift32, Marsaglia
    r.priority = seed_;
    put(root_, r);
    if (r.next)
        refresh(r.next->start);
}

void region_tree::remove(region_span& r) noexcept {
    drop(root_, r);
    (r.previous ? r.previous->next : first_) = r.next;
    (r.next ? r.next->previous : last_) = r.previous;
    if (r.next)
        refresh(r.next->start);
    r.left = r.right = r.previous = r.next = nullptr;
}

void region_tree::resize(region_span& r, virtual_address start, virtual_address end) noexcept {
    r.start = start;
    r.end = end;
    refresh(start);
    if (r.next)
        refresh(r.next->start);
}

virtual_address region_tree::highest_gap(u64 bytes, u64 alignment, virtual_address floor,
                                         virtual_address limit) const noexcept {
    gap_request wanted{bytes, alignment, floor, limit};
    if (virtual_address at = wanted.fit(last_ ? last_->end : 0, limit))
        return at;
    return wanted.search(root_);
}

}  // namespace osprey::memory
