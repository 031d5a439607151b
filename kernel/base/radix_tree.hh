// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <base/result.hh>
#include <base/retire.hh>
#include <base/types.hh>

namespace osprey {

/// The untyped part of `radix_tree`.
class radix_tree_base {
public:
    radix_tree_base(const radix_tree_base&) = delete;

protected:
    static constexpr unsigned bits_per_level = 6;
    static constexpr unsigned fanout = 1u << bits_per_level;
    static constexpr unsigned tag_count = 2;

    struct node;

    constexpr radix_tree_base() noexcept = default;
    ~radix_tree_base();
    void* find(u64 index) const noexcept;
    void* find_from(u64 index, u64& found) const noexcept;
    result<void> insert(u64 index, void* object) noexcept;
    void* replace(u64 index, void* object) noexcept;
    void* erase(u64 index) noexcept;
    void set_tag(u64 index, unsigned tag, bool on) noexcept;
    [[nodiscard]] bool has_tag(u64 index, unsigned tag) const noexcept;
    void* find_tagged(u64 index, unsigned tag, u64& found) const noexcept;

    std::atomic<node*> root_{nullptr};
    std::atomic<u64> size_{0};

private:
    node* leaf_of(u64 index) const noexcept;
    static void unlink(node* n) noexcept;
    void shrink() noexcept;
};

/// Map from a 64-bit index to an object, for mostly dense indices (pages of a file, ids).
///
/// Concurrency: look-ups (`find`, `find_from`) run under RCU without any lock and see each object
/// that was there during the whole call. Everything else needs the caller's lock. Emptied inner
/// nodes are retired (base/retire.hh), so `erase` is fine beside readers; the objects themselves
/// are the caller's to retire. The destructor needs quiet: no readers any more.
///
/// Each entry has two tag bits that can be searched for (the page cache marks dirty pages), which
/// disappear with the entry.
///
/// Cost: one load per 6 bits of the largest index.
template <typename T>
class radix_tree : private radix_tree_base {
public:
    static constexpr unsigned tags = tag_count;

    constexpr radix_tree() noexcept = default;

    [[nodiscard]] bool empty() const noexcept { return size() == 0; }
    [[nodiscard]] u64 size() const noexcept { return size_.load(std::memory_order_relaxed); }

    [[nodiscard]] T* find(u64 index) const noexcept {
        return static_cast<T*>(radix_tree_base::find(index));
    }
    /// The entry with the smallest index that is not below `index`; its index goes to `found`.
    [[nodiscard]] T* find_from(u64 index, u64& found) const noexcept {
        return static_cast<T*>(radix_tree_base::find_from(index, found));
    }

    /// @return `errc::exists` or `errc::out_of_memory`.
    result<void> insert(u64 index, T* object) noexcept {
        return radix_tree_base::insert(index, object);
    }
    /// Exchanges the object of an entry, keeping its tags. @return the old one; null (and nothing
    /// done) if there is none.
    T* replace(u64 index, T* object) noexcept {
        return static_cast<T*>(radix_tree_base::replace(index, object));
    }
    /// @return what was there, or null.
    T* erase(u64 index) noexcept { return static_cast<T*>(radix_tree_base::erase(index)); }

    /// Tags: `tag` is below `tags`; the entry must exist.
    void set_tag(u64 index, unsigned tag) noexcept { radix_tree_base::set_tag(index, tag, true); }
    void clear_tag(u64 index, unsigned tag) noexcept {
        radix_tree_base::set_tag(index, tag, false);
    }
    [[nodiscard]] bool has_tag(u64 index, unsigned tag) const noexcept {
        return radix_tree_base::has_tag(index, tag);
    }
    /// As `find_from`, for entries with the tag only.
    [[nodiscard]] T* find_tagged(u64 index, unsigned tag, u64& found) const noexcept {
        return static_cast<T*>(radix_tree_base::find_tagged(index, tag, found));
    }

    /// Calls `visit(index, object)` for all entries of [first, last] in order; `visit` may erase
    /// the entry it was called for. Stops when `visit` returns false.
    template <typename F>
    void for_each(u64 first, u64 last, F&& visit) {
        u64 at = first;
        while (at <= last) {
            u64 found;
            T* object = find_from(at, found);
            if (!object || found > last || !visit(found, object) || found == ~u64{0})
                return;
            at = found + 1;
        }
    }
};

}  // namespace osprey
