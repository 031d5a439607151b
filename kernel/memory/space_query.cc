// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <memory/space_editor.hh>

// Questions about an address space, and what its objects ask of it.

namespace osprey::memory {

void address_space::for_each_region(bool (*visit)(const region_view&, void*),
                                    void* context) noexcept {
    sync::shared_guard guard{lock_};
    for (region_span* s = regions_.first(); s; s = s->next)
        if (!visit(from(s)->view(), context))
            return;
}

result<address_space::location> address_space::locate(virtual_address address) noexcept {
    sync::shared_guard guard{lock_};
    region* r = find(address);
    if (!r)
        return errc::bad_address;
    if (!r->shared())
        return location{nullptr, address};
    return location{r->object, address - r->start + r->offset};
}

usize address_space::resident_pages(const account& payer, virtual_address start,
                                    virtual_address end) noexcept {
    usize pages = 0;
    sync::shared_guard guard{lock_};
    for (region_span* s = regions_.ending_above(start); s && s->start < end; s = s->next)
        if (from(s)->owner == &payer)
            for_each_leaf(root_, arch::page_table_levels - 1, std::max(start, s->start),
                          std::min(end, s->end),
                          [&](entry_slot&, virtual_address, unsigned level, page_table_entry) {
                              pages += usize{1} << 9 * level;
                          });
    return pages;
}

void address_space::forget_references(const account& payer, aged which) noexcept {
    sync::shared_guard guard{lock_};
    release_batch batch{root_};
    for (region_span* s = regions_.first(); s; s = s->next) {
        if (from(s)->owner != &payer)
            continue;
        for_each_leaf(
            root_, arch::page_table_levels - 1, s->start, s->end,
            [&](entry_slot& slot, virtual_address at, unsigned level, page_table_entry) {
                page_table_entry e = slot.load();
                while (!e.empty() && e.present() && e.accessed()) {
                    if (which != aged::all && e.is_private() != (which == aged::private_pages))
                        return;
                    if (slot.compare_exchange(e, e.not_accessed())) {
                        batch.note(at, arch::entry_span(level));
                        return;
                    }
                    e = slot.load();
                }
            });
    }
}

region_usage address_space::usage(virtual_address start, virtual_address end) noexcept {
    region_usage u;
    u64 shares = 0;  // of 4096 parts of a page
    sync::shared_guard guard{lock_};
    for_each_leaf(root_, arch::page_table_levels - 1, start, end,
                  [&](entry_slot&, virtual_address, unsigned level, page_table_entry e) {
                      const u64 pages = u64{1} << 9 * level;
                      const frame* f = ram_frame(e.frame());
                      u.resident += pages;
                      if (e.accessed())
                          u.referenced += pages;
                      if (level > 0)
                          u.huge += pages;
                      if (e.is_private()) {
                          u.anonymous += pages;
                          // After fork(2) each program that still has it holds a reference
                          const u32 owners = f->references.load(std::memory_order_relaxed);
                          (owners > 1 ? u.shared_dirty : u.private_dirty) += pages;
                          shares += (pages << page_shift) / (owners ? owners : 1);
                          return;
                      }
                      // The object itself has one reference
                      const u32 references = f->references.load(std::memory_order_relaxed);
                      const u64 mappings = references > 1 ? references - 1 : 1;
                      const bool dirty = e.dirty() || f->has(frame::dirty);
                      (mappings > 1 ? (dirty ? u.shared_dirty : u.shared_clean)
                                    : (dirty ? u.private_dirty : u.private_clean)) += pages;
                      shares += page_size / mappings;
                  });
    u.proportional = shares >> page_shift;
    return u;
}

result<void> address_space::resident(virtual_address start, usize bytes, u8* out) noexcept {
    if (!is_aligned(start, page_size))
        return errc::invalid_argument;
    const virtual_address end = start + align_up(bytes, page_size);
    sync::shared_guard guard{lock_};
    region* r = find(start);
    for (virtual_address at = start; at < end; at += page_size) {
        if (r && at >= r->end)
            r = from(r->next);
        if (!r || r->start > at)
            return errc::out_of_memory;
        entry_slot* slot = find_slot(root_, at, 1);
        page_table_entry e = slot ? slot->load() : page_table_entry{};
        if (slot && !e.empty() && !e.large())
            e = slot_in(e.frame(), at, 0).load();
        bool here = !e.empty();
        if (!here && r->object)
            if (frame* f = r->object->find_page(r->object_page(at))) {
                release_frame(f);
                here = true;
            }
        *out++ = here;
    }
    return {};
}

bool address_space::unmap_object(vm_object& object, u64 first, u64 last, patience how) noexcept {
    if (how == patience::wait)
        lock_.lock_shared();
    else if (!lock_.try_lock_shared())
        return false;
    {
        space_editor editor{*this};
        release_batch batch{root_};
        for_each_view_of(object, first, last,
                         [&](region& r, virtual_address start, virtual_address end) {
                             editor.zap_object_pages(r, start, end, batch);
                         });
    }
    lock_.unlock_shared();
    return true;
}

void address_space::protect_object(vm_object& object, u64 first, u64 last) noexcept {
    sync::shared_guard guard{lock_};
    release_batch batch{root_};
    auto protect = [&](entry_slot& slot, virtual_address at, unsigned, page_table_entry e) {
        while (!e.empty() && !e.is_private() && e.writable()) {
            if (slot.compare_exchange(e, e.read_only())) {
                batch.note(at, page_size);
                return;
            }
            e = slot.load();
        }
    };
    for_each_view_of(object, first, last,
                     [&](region& r, virtual_address start, virtual_address end) {
                         if (r.shared())
                             for_each_leaf(root_, arch::page_table_levels - 1, start, end, protect);
                     });
}

bool address_space::age_object(vm_object& object, u64 first, u64 last) noexcept {
    if (!lock_.try_lock_shared())
        return false;
    {
        release_batch batch{root_};
        for_each_view_of(
            object, first, last, [&](region& r, virtual_address start, virtual_address end) {
                u64 gone = 0;
                auto age = [&](entry_slot& slot, virtual_address at, unsigned, page_table_entry e) {
                    while (!e.empty() && !e.is_private()) {
                        const bool young = e.present() && e.accessed();
                        const page_table_entry next = young ? e.not_accessed() : page_table_entry{};
                        if (!slot.compare_exchange(e, next)) {
                            e = slot.load();
                            continue;
                        }
                        frame* f = ram_frame(e.frame());
                        if (young) {
                            f->set(frame::referenced);
                        } else {
                            if (e.present())
                                batch.note(at, page_size);
                            batch.release(f);
                            ++gone;
                        }
                        return;
                    }
                };
                for_each_leaf(root_, arch::page_table_levels - 1, start, end, age);
                if (gone)
                    remove_resident(*r.owner, gone, r.object_kind());
            });
    }
    lock_.unlock_shared();
    return true;
}

}  // namespace osprey::memory
