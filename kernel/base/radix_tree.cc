// SPDX-License-Identifier: BSD-3-Clause
#include <base/assert.hh>
#include <base/heap.hh>
#include <base/radix_tree.hh>

#include <bit>

namespace osprey {

struct radix_tree_base::node {
    node(unsigned shift, node* parent, unsigned slot) noexcept
        : shift{static_cast<u8>(shift)}, slot_in_parent{static_cast<u8>(slot)}, parent{parent} {}

    [[nodiscard]] unsigned slot_of(u64 index) const noexcept {
        return static_cast<unsigned>(index >> shift) & (fanout - 1);
    }
    /// Largest index below this node, relative to its first.
    [[nodiscard]] u64 span_mask() const noexcept {
        const unsigned bits = shift + bits_per_level;
        return bits >= 64 ? ~u64{0} : (u64{1} << bits) - 1;
    }
    [[nodiscard]] node* child(unsigned slot) const noexcept {
        return static_cast<node*>(slots[slot].load(std::memory_order_acquire));
    }

    const u8 shift;  // 0: slots are objects
    u8 slot_in_parent;
    u8 count = 0;
    node* parent;  // writers only
    // Bit i of a tag word: the entry in slot i, or one below it, has the tag.
    u64 tags[tag_count] = {};
    retired retirement;
    std::atomic<void*> slots[fanout] = {};

    static void free_retired(retired* head) noexcept {
        auto offset = __builtin_offsetof(node, retirement);
        delete reinterpret_cast<node*>(reinterpret_cast<char*>(head) - offset);
    }
};

radix_tree_base::~radix_tree_base() {
    // Depth first without recursion: go down while there is a child, else free and go up.
    node* n = root_.load(std::memory_order_relaxed);
    while (n) {
        node* below = nullptr;
        if (n->shift != 0)
            for (auto& slot : n->slots)
                if ((below = static_cast<node*>(slot.load(std::memory_order_relaxed)))) {
                    slot.store(nullptr, std::memory_order_relaxed);
                    break;
                }
        if (below) {
            n = below;
            continue;
        }
        node* up = n->parent;
        delete n;
        n = up;
    }
}

radix_tree_base::node* radix_tree_base::leaf_of(u64 index) const noexcept {
    node* n = root_.load(std::memory_order_acquire);
    if (!n || index > n->span_mask())
        return nullptr;
    while (n && n->shift != 0)
        n = n->child(n->slot_of(index));
    return n;
}

void* radix_tree_base::find(u64 index) const noexcept {
    node* leaf = leaf_of(index);
    return leaf ? leaf->slots[leaf->slot_of(index)].load(std::memory_order_acquire) : nullptr;
}

void* radix_tree_base::find_from(u64 index, u64& found) const noexcept {
    node* root = root_.load(std::memory_order_acquire);
    if (!root || index > root->span_mask())
        return nullptr;
    // The way down, so that a reader never follows `parent` (a writer's field).
    constexpr unsigned deepest = (64 + bits_per_level - 1) / bits_per_level;
    node* path[deepest];
    unsigned depth = 0;
    path[0] = root;
    for (;;) {
        node* n = path[depth];
        unsigned slot = n->slot_of(index);
        void* entry = nullptr;
        for (; slot < fanout; ++slot) {
            entry = n->slots[slot].load(std::memory_order_acquire);
            if (entry)
                break;
            // Skipping a slot: the indices below it begin at its first one.
            index = (index | ((u64{1} << n->shift) - 1)) + 1;
            if (index == 0)
                return nullptr;
        }
        if (entry && n->shift == 0) {
            found = index;
            return entry;
        }
        if (entry) {
            path[++depth] = static_cast<node*>(entry);
            continue;
        }
        // This node is done; `index` is now the first of what follows it. Up until it fits.
        do {
            if (depth == 0)
                return nullptr;
            --depth;
        } while (path[depth]->slot_of(index) == 0 && depth != 0);
        if (depth == 0 && (index > root->span_mask() || path[0]->slot_of(index) == 0))
            return nullptr;
    }
}

result<void> radix_tree_base::insert(u64 index, void* object) noexcept {
    node* root = root_.load(std::memory_order_relaxed);
    if (!root) {
        const unsigned bits = index == 0 ? 1 : 64 - static_cast<unsigned>(std::countl_zero(index));
        const unsigned shift = (bits - 1) / bits_per_level * bits_per_level;
        root = new (std::nothrow) node(shift, nullptr, 0);
        if (!root)
            return errc::out_of_memory;
        root_.store(root, std::memory_order_release);
    }
    while (index > root->span_mask()) {
        node* higher = new (std::nothrow) node(root->shift + bits_per_level, nullptr, 0);
        if (!higher) {
            shrink();
            return errc::out_of_memory;
        }
        higher->count = 1;
        for (unsigned tag = 0; tag < tag_count; ++tag)
            higher->tags[tag] = root->tags[tag] != 0;
        higher->slots[0].store(root, std::memory_order_relaxed);
        root->parent = higher;
        root->slot_in_parent = 0;
        root_.store(higher, std::memory_order_release);
        root = higher;
    }
    node* n = root;
    while (n->shift != 0) {
        const unsigned slot = n->slot_of(index);
        node* below = n->child(slot);
        if (!below) {
            below = new (std::nothrow) node(n->shift - bits_per_level, n, slot);
            if (!below) {
                if (n->count == 0)
                    unlink(n);
                shrink();
                return errc::out_of_memory;
            }
            n->slots[slot].store(below, std::memory_order_release);
            ++n->count;
        }
        n = below;
    }
    auto& slot = n->slots[n->slot_of(index)];
    if (slot.load(std::memory_order_relaxed))
        return errc::exists;
    slot.store(object, std::memory_order_release);
    ++n->count;
    size_.fetch_add(1, std::memory_order_relaxed);
    return {};
}

void* radix_tree_base::replace(u64 index, void* object) noexcept {
    node* leaf = leaf_of(index);
    if (!leaf)
        return nullptr;
    auto& slot = leaf->slots[leaf->slot_of(index)];
    void* old = slot.load(std::memory_order_relaxed);
    if (old)
        slot.store(object, std::memory_order_release);
    return old;
}

void* radix_tree_base::erase(u64 index) noexcept {
    node* leaf = leaf_of(index);
    if (!leaf)
        return nullptr;
    const unsigned slot = leaf->slot_of(index);
    void* old = leaf->slots[slot].load(std::memory_order_relaxed);
    if (!old)
        return nullptr;
    for (unsigned tag = 0; tag < tag_count; ++tag)
        set_tag(index, tag, false);
    leaf->slots[slot].store(nullptr, std::memory_order_release);
    size_.fetch_sub(1, std::memory_order_relaxed);
    if (--leaf->count == 0)
        unlink(leaf);
    shrink();
    return old;
}

/// Takes an empty node out of the tree, and the ones above that become empty by that, down to the
/// root, which stays until `shrink`.
void radix_tree_base::unlink(node* n) noexcept {
    while (n->count == 0 && n->parent) {
        node* up = n->parent;
        up->slots[n->slot_in_parent].store(nullptr, std::memory_order_release);
        --up->count;
        retire(n->retirement, node::free_retired);
        n = up;
    }
}

/// Lowers the tree while its root only leads to slot 0; drops the root of an empty tree.
void radix_tree_base::shrink() noexcept {
    for (;;) {
        node* root = root_.load(std::memory_order_relaxed);
        if (!root)
            return;
        if (root->count == 0) {
            root_.store(nullptr, std::memory_order_release);
            retire(root->retirement, node::free_retired);
            return;
        }
        if (root->shift == 0 || root->count != 1)
            return;
        node* below = root->child(0);
        if (!below)
            return;
        below->parent = nullptr;
        root_.store(below, std::memory_order_release);
        retire(root->retirement, node::free_retired);
    }
}

void radix_tree_base::set_tag(u64 index, unsigned tag, bool on) noexcept {
    node* n = leaf_of(index);
    debug_ensure(n != nullptr, "tag of an entry that is not there");
    unsigned slot = n->slot_of(index);
    while (n) {
        const u64 bit = u64{1} << slot;
        if (on) {
            if (n->tags[tag] & bit)
                return;
            n->tags[tag] |= bit;
        } else {
            n->tags[tag] &= ~bit;
            if (n->tags[tag] != 0)
                return;  // others below here still have it
        }
        slot = n->slot_in_parent;
        n = n->parent;
    }
}

bool radix_tree_base::has_tag(u64 index, unsigned tag) const noexcept {
    node* leaf = leaf_of(index);
    return leaf && (leaf->tags[tag] >> leaf->slot_of(index) & 1);
}

void* radix_tree_base::find_tagged(u64 index, unsigned tag, u64& found) const noexcept {
    node* n = root_.load(std::memory_order_relaxed);
    if (!n || index > n->span_mask())
        return nullptr;
    for (;;) {
        const unsigned slot = n->slot_of(index);
        const u64 candidates = n->tags[tag] & ~u64{0} << slot;
        if (candidates) {
            const unsigned next = static_cast<unsigned>(std::countr_zero(candidates));
            if (next != slot) {
                // First index below slot `next` of this node.
                index = (index & ~n->span_mask()) | u64{next} << n->shift;
            }
            if (n->shift == 0) {
                found = index;
                return n->slots[next].load(std::memory_order_relaxed);
            }
            n = n->child(next);
            continue;
        }
        // Nothing more in this node: go to the first index behind it.
        const u64 behind = (index | n->span_mask()) + 1;
        n = n->parent;
        if (!n || behind == 0)
            return nullptr;
        // Right neighbours exist only if the carry stayed inside the parent.
        while (n && n->slot_of(behind) == 0)
            n = n->parent;
        if (!n)
            return nullptr;
        index = behind;
    }
}

}  // namespace osprey
