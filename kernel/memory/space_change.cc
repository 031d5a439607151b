// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <memory/space_editor.hh>
#include <trace/tracepoint.hh>

// mprotect, mremap, mlock and msync.

namespace osprey::memory {
namespace {

constexpr u32 remap_may_move = 1, remap_fixed = 2, remap_dont_unmap = 4;  // MREMAP_*

}  // namespace

TRACEPOINT(memory, memory_mprotect, trace::address start, u64 bytes, u32 access);
result<void> address_space::protect(virtual_address start, usize bytes,
                                    protection access) noexcept {
    TRACE(memory_mprotect, start, bytes, static_cast<u32>(access));
    const virtual_address end = start + align_up(bytes, page_size);
    if (!is_aligned(start, page_size) || end < start)
        return errc::invalid_argument;
    if (start == end)
        return {};
    sync::lock_guard guard{lock_};
    space_editor editor{*this};
    region* r = find(start);
    if (!r)
        return errc::out_of_memory;
    release_batch batch{root_};
    // As Linux: what comes before the first hole or refusal stays changed
    for (virtual_address at = start; at < end;) {
        if (!r || r->start > at)
            return errc::out_of_memory;
        if (!allows(r->maximum, access))
            return errc::access_denied;
        const virtual_address stop = std::min(end, r->end);
        if (r->access != access) {
            TRY_VOID(editor.isolate(at, stop));
            r = find(at);
            space_editor::account_mapped(*r, r->pages(), false);
            r->access = access;
            space_editor::account_mapped(*r, r->pages(), true);
            editor.apply_rights(*r, at, stop, batch);
        }
        r = from(editor.merge(*r).next);
        at = stop;
        if (at < end && (!r || r->start > at))
            r = find(at);
    }
    return {};
}

TRACEPOINT(memory, memory_mlock, trace::address start, u64 bytes, bool on);
result<void> address_space::lock_pages(virtual_address start, usize bytes, bool on) noexcept {
    TRACE(memory_mlock, start, bytes, on);
    const virtual_address end = start + align_up(bytes, page_size);
    {
        sync::lock_guard guard{lock_};
        space_editor editor{*this};
        for (virtual_address at = start; at < end;) {
            region* r = find(at);
            if (!r)
                return errc::out_of_memory;
            const virtual_address stop = std::min(end, r->end);
            const bool locked = r->flags & region_locked;
            if (locked != on) {
                account& a = *r->owner;
                const u64 pages = (stop - at) >> page_shift;
                if (on && a.locked_pages.load(std::memory_order_relaxed) + pages > a.lock_limit >>
                              page_shift)
                    return errc::out_of_memory;
                TRY_VOID(editor.split_at(at));
                TRY_VOID(editor.split_at(stop));
                r = find(at);
                r->flags ^= region_locked;
                a.locked_pages.fetch_add(on ? pages : ~pages + 1, std::memory_order_relaxed);
                editor.merge(*r);
            }
            at = stop;
        }
    }
    return on ? populate(start, bytes) : result<void>{};
}

result<void> address_space::synchronize(virtual_address start, usize bytes,
                                        int msync_flags) noexcept {
    constexpr int sync_now = 4, invalidate = 2;  // MS_SYNC, MS_INVALIDATE
    const virtual_address end = start + align_up(bytes, page_size);
    bool hole = false;
    for (virtual_address at = start; at < end;) {
        refptr<vm_object> object;
        u64 first = 0, last = 0;
        {
            sync::shared_guard guard{lock_};
            region_span* s = regions_.ending_above(at);
            if (!s || s->start >= end) {
                hole = true;
                break;
            }
            region& r = *from(s);
            hole = hole || r.start > at;
            if (msync_flags & invalidate && r.flags & region_locked)
                return errc::busy;
            const virtual_address low = std::max(at, r.start), high = std::min(end, r.end);
            if (r.shared() && msync_flags & sync_now) {
                object = r.object;
                first = r.object_page(low);
                last = r.object_page(high - page_size);
            }
            at = high;
        }
        if (object)
            TRY_VOID(object->write_back(first, last));
    }
    return hole ? result<void>{errc::out_of_memory} : result<void>{};
}

TRACEPOINT(memory, memory_mremap, trace::address start, u64 bytes, u64 new_bytes);
result<virtual_address> address_space::remap(virtual_address old_start, usize old_bytes,
                                             usize new_bytes, u32 mremap_flags,
                                             virtual_address new_start) noexcept {
    TRACE(memory_mremap, old_start, old_bytes, new_bytes);
    old_bytes = align_up(old_bytes, page_size);
    new_bytes = align_up(new_bytes, page_size);
    const bool may_move = mremap_flags & remap_may_move, fixed = mremap_flags & remap_fixed;
    const bool keep_old = mremap_flags & remap_dont_unmap;
    if (!is_aligned(old_start, page_size) || new_bytes == 0 ||
        mremap_flags & ~(remap_may_move | remap_fixed | remap_dont_unmap) ||
        ((fixed || keep_old) && !may_move) || (keep_old && old_bytes != new_bytes))
        return errc::invalid_argument;
    if (new_bytes > arch::application_limit || old_start > arch::application_limit ||
        old_bytes > arch::application_limit - old_start)
        return errc::invalid_argument;
    if (fixed) {
        if (!is_aligned(new_start, page_size) || new_start > arch::application_limit - new_bytes)
            return errc::invalid_argument;
        if (new_start < old_start + old_bytes && old_start < new_start + new_bytes)
            return errc::invalid_argument;
    }

    sync::lock_guard guard{lock_};
    space_editor editor{*this};
    region* r = find(old_start);
    if (!r)
        return errc::bad_address;
    const virtual_address old_end = old_start + old_bytes;
    if (old_bytes == 0 && (!r->shared() || !may_move))
        return errc::invalid_argument;
    if (old_end > r->end)
        return errc::bad_address;

    if (!fixed && !keep_old && new_bytes <= old_bytes && old_bytes != 0) {
        if (new_bytes < old_bytes)
            TRY_VOID(editor.unmap(old_start + new_bytes, old_end));
        return old_start;
    }
    const u64 growth = new_bytes > old_bytes ? (new_bytes - old_bytes) >> page_shift : 0;
    account& payer = *r->owner;
    if (payer.virtual_pages.load(std::memory_order_relaxed) + growth > payer.address_space_limit >>
        page_shift)
        return errc::out_of_memory;
    if (r->is_data() &&
        payer.data_pages.load(std::memory_order_relaxed) + growth > payer.data_limit >> page_shift)
        return errc::out_of_memory;

    if (!fixed && !keep_old && old_end == r->end && old_bytes != 0) {
        const virtual_address room = r->next ? r->next->start : arch::application_limit;
        if (room - old_start >= new_bytes) {
            space_editor::account_mapped(*r, growth, true);
            regions_.resize(*r, r->start, old_start + new_bytes);
            editor.merge(*r);
            return old_start;
        }
    }
    if (!may_move)
        return errc::out_of_memory;

    // A new region takes over the pages of the old one
    if (fixed)
        TRY_VOID(editor.unmap(new_start, new_start + new_bytes));
    else
        new_start = TRY(choose_address(keep_old ? new_start : 0, new_bytes, placement::anywhere,
                                       r->anonymous() && new_bytes >= large_page_size));
    TRY_VOID(editor.isolate(old_start, old_end));
    r = find(old_start);
    region* moved = space_editor::clone(*r, r->start, r->end);
    if (!moved)
        return errc::out_of_memory;
    moved->start = new_start;
    moved->end = new_start + new_bytes;
    const u64 kept = std::min(old_bytes, new_bytes);
    if (auto done = editor.move_pages(old_start, new_start, kept); !done) {
        delete moved;
        return done.error();
    }
    space_editor::account_mapped(*moved, moved->pages(), true);
    editor.insert(*moved);
    if (old_bytes != 0 && !keep_old)
        TRY_VOID(editor.unmap(old_start, old_end));
    editor.merge(*moved);
    return new_start;
}

}  // namespace osprey::memory
