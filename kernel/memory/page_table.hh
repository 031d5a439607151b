// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <arch/paging.hh>
#include <atomic>
#include <base/result.hh>

namespace osprey::memory {

using arch::page_table_entry;

/// An entry as it lies in memory: the CPU and other threads change it at the same time.
class entry_slot {
public:
    [[nodiscard]] page_table_entry load() const noexcept {
        return page_table_entry{bits_.load(std::memory_order_acquire)};
    }
    void store(page_table_entry e) noexcept { bits_.store(e.bits(), std::memory_order_release); }
    page_table_entry exchange(page_table_entry e) noexcept {
        return page_table_entry{bits_.exchange(e.bits(), std::memory_order_acq_rel)};
    }
    /// Installs `desired` if the entry still is `expected`.
    bool compare_exchange(page_table_entry expected, page_table_entry desired) noexcept {
        u64 seen = expected.bits();
        return bits_.compare_exchange_strong(seen, desired.bits(), std::memory_order_acq_rel,
                                             std::memory_order_acquire);
    }

private:
    std::atomic<u64> bits_;
};
static_assert(sizeof(entry_slot) == 8);

inline entry_slot* table_at(physical_address table) noexcept {
    return arch::direct<entry_slot>(table);
}
inline entry_slot& slot_in(physical_address table, virtual_address address,
                           unsigned level) noexcept {
    return table_at(table)[arch::table_index(address, level)];
}

/// The slot for `address` at `level` (0: 4 KB, 1: 2 MB). Null when no table leads there, or when a
/// large page lies above. Context: whoever keeps the tables from being freed.
inline entry_slot* find_slot(physical_address root, virtual_address address,
                             unsigned level) noexcept {
    physical_address table = root;
    for (unsigned at = arch::page_table_levels - 1; at > level; --at) {
        page_table_entry e = slot_in(table, address, at).load();
        if (!e.present() || e.large())
            return nullptr;
        table = e.frame();
    }
    return &slot_in(table, address, level);
}

/// The same, making the tables that are missing and adding their number to `made`. Several threads
/// may do this at once.
/// @return `errc::out_of_memory`; `errc::exists` when a large page lies above.
result<entry_slot*> make_slot(physical_address root, virtual_address address, unsigned level,
                              std::atomic<u64>* made = nullptr) noexcept;

/// Calls `visit(slot, address, level, entry)` for every leaf entry in [start, end) that is not
/// empty, large ones included even if only a part of them lies in the range. Whole subtrees that
/// are missing cost one load.
template <typename F>
void for_each_leaf(physical_address table, unsigned level, virtual_address start,
                   virtual_address end, F&& visit) {
    const u64 span = arch::entry_span(level);
    for (virtual_address at = start; at < end;) {
        const virtual_address entry_start = align_down(at, span), entry_end = entry_start + span;
        entry_slot& slot = slot_in(table, at, level);
        const page_table_entry e = slot.load();
        if (!e.empty()) {
            if (level == 0 || e.large())
                visit(slot, entry_start, level, e);
            else
                for_each_leaf(e.frame(), level - 1, at, entry_end < end ? entry_end : end, visit);
        }
        at = entry_end;
    }
}

/// A new empty page table, counted as such.
result<physical_address> allocate_table() noexcept;
void free_table(physical_address table) noexcept;

/// The root whose kernel half every address space shares.
physical_address kernel_root() noexcept;

}  // namespace osprey::memory
