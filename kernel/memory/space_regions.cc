// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <base/heap.hh>
#include <memory/space_editor.hh>

// Splitting, joining and removing regions.

namespace osprey::memory {

void space_editor::account_mapped(region& r, u64 pages, bool more) noexcept {
    account& a = *r.owner;
    const u64 change = more ? pages : ~pages + 1;
    const u64 now = a.virtual_pages.fetch_add(change, std::memory_order_relaxed) + change;
    if (now > a.peak_virtual.load(std::memory_order_relaxed))
        a.peak_virtual.store(now, std::memory_order_relaxed);
    if (r.is_data())
        a.data_pages.fetch_add(change, std::memory_order_relaxed);
    if (r.is_data() || r.flags & region_stack)
        count_pages(&page_counters::committed, static_cast<i64>(change));
    if (r.flags & region_stack)
        a.stack_pages.fetch_add(change, std::memory_order_relaxed);
    if (r.flags & region_locked)
        a.locked_pages.fetch_add(change, std::memory_order_relaxed);
}

space_editor::region* space_editor::clone(const region& r, virtual_address start,
                                          virtual_address end) noexcept {
    auto* copy = new (std::nothrow) region;
    if (!copy)
        return nullptr;
    copy->start = start;
    copy->end = end;
    copy->access = r.access;
    copy->maximum = r.maximum;
    copy->flags = r.flags;
    copy->object = r.object;
    copy->offset = r.object ? r.offset + (start - r.start) : 0;
    copy->name = r.name;
    copy->owner = r.owner;
    return copy;
}

void space_editor::insert(region& r) noexcept {
    space_.regions_.insert(r);
    if (r.object) {
        r.space = &space_;
        r.may_write = r.shared() && allows(r.maximum, protection::write);
        r.object->attach(r);
    }
}

void space_editor::remove(region& r) noexcept {
    if (r.object)
        r.object->detach(r);
    space_.regions_.remove(r);
    delete &r;
}

result<void> space_editor::split_at(virtual_address at) noexcept {
    region* r = space_.find(at);
    if (!r || r->start == at)
        return {};
    region* right = clone(*r, at, r->end);
    if (!right)
        return errc::out_of_memory;
    space_.regions_.resize(*r, r->start, at);
    insert(*right);
    return {};
}

result<void> space_editor::isolate(virtual_address start, virtual_address end) noexcept {
    for (virtual_address at : {start, end}) {
        region* r = space_.find(at);
        if (!r || r->start == at)
            continue;
        if (r->anonymous())
            TRY_VOID(split_large_at(at));
        TRY_VOID(split_at(at));
    }
    return {};
}

space_editor::region& space_editor::merge(region& r) noexcept {
    region* result = &r;
    if (auto* left = address_space::from(r.previous); left && left->continues_in(r)) {
        const virtual_address end = r.end;
        remove(r);
        space_.regions_.resize(*left, left->start, end);
        result = left;
    }
    if (auto* right = address_space::from(result->next); right && result->continues_in(*right)) {
        const virtual_address end = right->end;
        remove(*right);
        space_.regions_.resize(*result, result->start, end);
    }
    return *result;
}

result<void> space_editor::unmap(virtual_address start, virtual_address end) noexcept {
    region_span* first = space_.regions_.ending_above(start);
    if (!first || first->start >= end)
        return {};
    TRY_VOID(isolate(start, end));
    {
        release_batch batch{space_.root_};
        for (region_span* s = space_.regions_.ending_above(start); s && s->start < end;) {
            region& r = *address_space::from(s);
            s = s->next;
            zap(r, r.start, r.end, batch);
            account_mapped(r, r.pages(), false);
            remove(r);
        }
    }
    retire_tables(start, end);
    return {};
}

}  // namespace osprey::memory
