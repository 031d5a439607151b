// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <memory/frames.hh>
#include <memory/space_editor.hh>

// What changes of regions do to the page table.

namespace osprey::memory {

void release_batch::flush() noexcept {
    if (low_ < high_)
        arch::flush_page_table(root_, low_, high_ - low_);
    low_ = ~u64{0}, high_ = 0;
    for (u32 i = 0; i < count_; ++i)
        release_frame(frames_[i]);
    count_ = 0;
}

namespace {
/// The counter for the pages of an account that are not anonymous; null for those that are.
std::atomic<u64>* counter_of(account& owner, page_kind kind) noexcept {
    switch (kind) {
        case page_kind::file:
            return &owner.file_pages;
        case page_kind::shared:
            return &owner.shared_pages;
        default:
            return nullptr;
    }
}
}  // namespace

void add_resident(account& owner, u64 pages, page_kind kind) noexcept {
    count_mapped(kind, static_cast<i64>(pages));
    if (auto* counter = counter_of(owner, kind))
        counter->fetch_add(pages, std::memory_order_relaxed);
    const u64 now = owner.resident_pages.fetch_add(pages, std::memory_order_relaxed) + pages;
    if (now > owner.peak_resident.load(std::memory_order_relaxed))
        owner.peak_resident.store(now, std::memory_order_relaxed);
}

void remove_resident(account& owner, u64 pages, page_kind kind) noexcept {
    count_mapped(kind, -static_cast<i64>(pages));
    if (auto* counter = counter_of(owner, kind))
        counter->fetch_sub(pages, std::memory_order_relaxed);
    owner.resident_pages.fetch_sub(pages, std::memory_order_relaxed);
}

void made_private(account& owner, page_kind before) noexcept {
    count_mapped(before, -1);
    count_mapped(page_kind::anonymous, 1);
    if (auto* counter = counter_of(owner, before))
        counter->fetch_sub(1, std::memory_order_relaxed);
}

void space_editor::zap(region& r, virtual_address start, virtual_address end,
                       release_batch& batch) noexcept {
    u64 own = 0, of_object = 0, huge = 0;
    for_each_leaf(space_.root_, arch::page_table_levels - 1, start, end,
                  [&](entry_slot& slot, virtual_address at, unsigned level, page_table_entry) {
                      page_table_entry e = slot.exchange({});
                      if (e.empty())
                          return;
                      if (e.present())
                          batch.note(at, arch::entry_span(level));
                      const u64 pages = u64{1} << 9 * level;
                      (e.is_private() ? own : of_object) += pages;
                      huge += level > 0 ? pages : 0;
                      batch.release(ram_frame(e.frame()));
                  });
    if (own)
        remove_resident(*r.owner, own, page_kind::anonymous);
    if (of_object)
        remove_resident(*r.owner, of_object, r.object_kind());
    if (huge)
        count_pages(&page_counters::mapped_huge, -static_cast<i64>(huge));
}

void space_editor::zap_object_pages(region& r, virtual_address start, virtual_address end,
                                    release_batch& batch) noexcept {
    u64 gone = 0;
    for_each_leaf(space_.root_, arch::page_table_levels - 1, start, end,
                  [&](entry_slot& slot, virtual_address at, unsigned, page_table_entry e) {
                      // The CPU sets bits beside us
                      while (!e.empty() && !e.is_private()) {
                          if (slot.compare_exchange(e, {})) {
                              if (e.present())
                                  batch.note(at, page_size);
                              batch.release(ram_frame(e.frame()));
                              ++gone;
                              return;
                          }
                          e = slot.load();
                      }
                  });
    if (gone)
        remove_resident(*r.owner, gone, r.object_kind());
}

void space_editor::apply_rights(region& r, virtual_address start, virtual_address end,
                                release_batch& batch) noexcept {
    for_each_leaf(
        space_.root_, arch::page_table_levels - 1, start, end,
        [&](entry_slot& slot, virtual_address at, unsigned level, page_table_entry e) {
            for (;;) {
                const protection rights = e.is_private() ? r.private_access(e) : r.object_access();
                const page_table_entry wanted = e.with_protection(rights);
                if (wanted.bits() == e.bits())
                    return;
                if (slot.compare_exchange(e, wanted)) {
                    // More rights need no shootdown: a stale entry faults and is retried
                    bool fewer =
                        e.present() && (!wanted.present() || (e.writable() && !wanted.writable()) ||
                                        (e.executable() && !wanted.executable()));
                    if (fewer)
                        batch.note(at, arch::entry_span(level));
                    return;
                }
                e = slot.load();
            }
        });
}

result<void> space_editor::split_large_at(virtual_address at) noexcept {
    if (is_aligned(at, large_page_size))
        return {};
    entry_slot* slot = find_slot(space_.root_, at, 1);
    if (!slot)
        return {};
    page_table_entry e = slot->load();
    if (e.empty() || !e.large())
        return {};
    const physical_address table = TRY(allocate_table());
    entry_slot* entries = table_at(table);
    // Nobody else maps a private large page, so its frames can go separate ways
    split_frames(ram_frame(e.frame()));
    for (;;) {
        for (usize i = 0; i < arch::page_table_entries; ++i)
            entries[i].store(e.part(i));
        if (slot->compare_exchange(e, page_table_entry::table(table)))
            break;
        e = slot->load();  // the CPU set the dirty bit
    }
    space_.tables_.fetch_add(1, std::memory_order_relaxed);
    count_pages(&page_counters::mapped_huge, -i64{arch::page_table_entries});
    arch::flush_page_table(space_.root_, align_down(at, large_page_size), page_size);
    return {};
}

void space_editor::retire_subtree(physical_address table, unsigned level) noexcept {
    if (level > 0)
        for (usize i = 0; i < arch::page_table_entries; ++i) {
            page_table_entry e = table_at(table)[i].load();
            if (!e.empty() && !e.large())
                retire_subtree(e.frame(), level - 1);
        }
    frame* f = ram_frame(table);
    f->next = space_.retired_tables_;
    space_.retired_tables_ = number_of(f);
    ++space_.retired_table_count_;
    space_.tables_.fetch_sub(1, std::memory_order_relaxed);
}

void space_editor::retire_tables_below(physical_address table, unsigned level,
                                       virtual_address start, virtual_address end,
                                       virtual_address low, virtual_address high) noexcept {
    const u64 span = arch::entry_span(level);
    for (virtual_address at = align_down(start, span); at < end; at += span) {
        entry_slot& slot = slot_in(table, at, level);
        const page_table_entry e = slot.load();
        if (e.empty() || e.large())
            continue;
        if (at >= low && at + span <= high) {
            slot.store({});
            retire_subtree(e.frame(), level - 1);
        } else if (level > 1) {
            retire_tables_below(e.frame(), level - 1, std::max(start, at), std::min(end, at + span),
                                low, high);
        }
    }
}

void space_editor::retire_tables(virtual_address start, virtual_address end) noexcept {
    region_span* above = space_.regions_.ending_above(start);
    const virtual_address high = above ? above->start : arch::application_limit + page_size;
    region_span* below = nullptr;
    if (above) {
        below = above->previous;
    } else {
        // Rare: nothing above; the last region bounds the gap
        for (region_span* s = space_.regions_.first(); s; s = s->next)
            below = s;
    }
    const virtual_address low = below ? below->end : 0;
    if (high < end || low > start)
        return;
    retire_tables_below(space_.root_, arch::page_table_levels - 1, start, end, low, high);
    const u32 most = managed_frames() < small_machine_frames ? 8 : 64;
    if (space_.retired_table_count_ >= most)
        free_retired_tables();
}

void space_editor::free_retired_tables() noexcept {
    if (space_.retired_table_count_ == 0)
        return;
    arch::flush_freed_tables(space_.root_, 0, arch::application_limit);
    space_.retired_table_count_ = 0;
    while (space_.retired_tables_ != 0) {
        frame* f = frame_table() + space_.retired_tables_;
        space_.retired_tables_ = f->next;
        free_table(address_of(f));
    }
}

result<void> space_editor::move_pages(virtual_address from, virtual_address to,
                                      u64 bytes) noexcept {
    // First whatever can fail: large pages that cannot stay large, and tables
    const bool large_fits = is_aligned(from - to, large_page_size);
    result<void> outcome;
    for (virtual_address at = from; at < from + bytes && outcome;) {
        entry_slot* slot = find_slot(space_.root_, at, 1);
        page_table_entry e = slot ? slot->load() : page_table_entry{};
        if (e.empty()) {
            at = align_down(at, large_page_size) + large_page_size;
            continue;
        }
        if (e.large() && large_fits) {
            outcome = make_slot(space_.root_, to + (at - from), 1, &space_.tables_)
                          ? result<void>{}
                          : result<void>{errc::out_of_memory};
            at += large_page_size;
            continue;
        }
        if (e.large() && !large_fits) {
            outcome = split_large_at(align_down(at, large_page_size) + page_size);
            continue;
        }
        const virtual_address end =
            std::min(from + bytes, align_down(at, large_page_size) + large_page_size);
        for (virtual_address page : {at, end - page_size})
            if (!make_slot(space_.root_, to + (page - from), 0, &space_.tables_))
                outcome = errc::out_of_memory;
        at = end;
    }
    if (!outcome)
        return outcome;
    release_batch batch{space_.root_};
    for_each_leaf(space_.root_, arch::page_table_levels - 1, from, from + bytes,
                  [&](entry_slot& slot, virtual_address at, unsigned level, page_table_entry) {
                      page_table_entry e = slot.exchange({});
                      find_slot(space_.root_, to + (at - from), level)->store(e);
                      if (e.present())
                          batch.note(at, arch::entry_span(level));
                  });
    return {};
}

}  // namespace osprey::memory
