// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory/page_table.hh>
#include <memory/region.hh>

namespace osprey::memory {

/// Frames that left a page table but may still be in some CPU's TLB. They are released after one
/// shootdown for many.
class release_batch {
public:
    explicit release_batch(physical_address root) noexcept : root_{root} {}
    release_batch(const release_batch&) = delete;
    ~release_batch() { flush(); }

    /// The translation of [at, at+span) changed.
    void note(virtual_address at, u64 span) noexcept {
        low_ = at < low_ ? at : low_;
        high_ = at + span > high_ ? at + span : high_;
    }
    void release(frame* f) noexcept {
        if (count_ == capacity)
            flush();
        frames_[count_++] = f;
    }
    void flush() noexcept;

private:
    static constexpr u32 capacity = 64;
    physical_address root_;
    virtual_address low_ = ~u64{0}, high_ = 0;
    u32 count_ = 0;
    frame* frames_[capacity];
};

/// Changes to the page table of an address space that go with changes of its regions.
/// Locking: the caller holds the address space's lock, exclusively unless told otherwise.
class space_editor {
public:
    explicit space_editor(address_space& space) noexcept : space_{space} {}

    using region = address_space::region;

    // Pages (space_editor.cc)
    /// Takes down the pages of [start, end), which lies in `r`. Lock held shared is enough if no
    /// large page straddles a bound.
    void zap(region& r, virtual_address start, virtual_address end, release_batch& batch) noexcept;
    /// Takes down pages of the object only, private copies stay. Lock held shared is enough.
    void zap_object_pages(region& r, virtual_address start, virtual_address end,
                          release_batch& batch) noexcept;
    /// Gives the present pages of a region its rights.
    void apply_rights(region& r, virtual_address start, virtual_address end,
                      release_batch& batch) noexcept;
    /// Replaces a large page that straddles `at` by small ones. @return `errc::out_of_memory`.
    result<void> split_large_at(virtual_address at) noexcept;
    /// Takes page tables inside [start, end) that serve no region any more out of the tree. They
    /// are freed many at a time: even CPUs that idle must be interrupted before, since they may
    /// still walk them. Until then they stay empty, so that a walk through one ends in a fault that
    /// finds the present tables. Lock held exclusively.
    void retire_tables(virtual_address start, virtual_address end) noexcept;
    /// Frees all that were retired.
    void free_retired_tables() noexcept;
    /// Moves the pages of [from, from+bytes) to `to`. All tables exist or none is moved.
    result<void> move_pages(virtual_address from, virtual_address to, u64 bytes) noexcept;

    // Regions (space_regions.cc)
    /// Splits the region that contains `at` inside, so that one begins there.
    result<void> split_at(virtual_address at) noexcept;
    /// Makes bounds of regions and of large pages at both ends.
    result<void> isolate(virtual_address start, virtual_address end) noexcept;
    void insert(region& r) noexcept;
    /// Removes a region whose pages are gone, and frees it.
    void remove(region& r) noexcept;
    /// Joins `r` with its neighbours where they agree. @return the region that `r` is now part of.
    region& merge(region& r) noexcept;
    result<void> unmap(virtual_address start, virtual_address end) noexcept;
    /// A region with the properties of `r`, in no tree. Null: no memory.
    static region* clone(const region& r, virtual_address start, virtual_address end) noexcept;

    static void account_mapped(region& r, u64 pages, bool more) noexcept;

private:
    void retire_tables_below(physical_address table, unsigned level, virtual_address start,
                             virtual_address end, virtual_address low,
                             virtual_address high) noexcept;
    void retire_subtree(physical_address table, unsigned level) noexcept;

    address_space& space_;
};

/// Pages came into the page table, left it, or became private copies.
void add_resident(account& owner, u64 pages, page_kind kind) noexcept;
void remove_resident(account& owner, u64 pages, page_kind kind) noexcept;
void made_private(account& owner, page_kind before) noexcept;

}  // namespace osprey::memory
