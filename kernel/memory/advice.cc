// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <memory/space_editor.hh>
#include <trace/tracepoint.hh>

// madvise(2).

namespace osprey::memory {
namespace {

/// Values of include/uapi/asm-generic/mman-common.h.
enum class hint : int {
    normal = 0,
    random = 1,
    sequential = 2,
    will_need = 3,
    dont_need = 4,
    free = 8,
    remove = 9,
    dont_fork = 10,
    do_fork = 11,
    huge_page = 14,
    no_huge_page = 15,
    dont_dump = 16,
    do_dump = 17,
    wipe_on_fork = 18,
    keep_on_fork = 19,
    cold = 20,
    page_out = 21,
    populate_read = 22,
    populate_write = 23,
    dont_need_locked = 24,
};

/// Flags of the region that an advice sets and clears.
struct flag_change {
    u32 set, clear;
};
bool changes_flags(hint advice, flag_change& change) noexcept {
    switch (advice) {
        case hint::dont_fork:
            change = {region_dont_fork, 0};
            return true;
        case hint::do_fork:
            change = {0, region_dont_fork};
            return true;
        case hint::huge_page:
            change = {region_huge, region_no_huge};
            return true;
        case hint::no_huge_page:
            change = {region_no_huge, region_huge};
            return true;
        case hint::dont_dump:
            change = {region_dont_dump, 0};
            return true;
        case hint::do_dump:
            change = {0, region_dont_dump};
            return true;
        case hint::wipe_on_fork:
            change = {region_wipe_on_fork, 0};
            return true;
        case hint::keep_on_fork:
            change = {0, region_wipe_on_fork};
            return true;
        default:
            return false;
    }
}

}  // namespace

result<void> address_space::change_flags(virtual_address start, virtual_address end, u32 set,
                                         u32 clear) noexcept {
    sync::lock_guard guard{lock_};
    space_editor editor{*this};
    bool hole = false;
    for (virtual_address at = start; at < end;) {
        region_span* s = regions_.ending_above(at);
        if (!s || s->start >= end) {
            hole = true;
            break;
        }
        hole = hole || s->start > at;
        at = std::max(at, s->start);
        region* r = from(s);
        const virtual_address stop = std::min(end, r->end);
        if (set & region_wipe_on_fork && (!r->anonymous() || r->shared()))
            return errc::invalid_argument;
        if (((r->flags | set) & ~clear) != r->flags) {
            TRY_VOID(editor.split_at(at));
            TRY_VOID(editor.split_at(stop));
            r = find(at);
            r->flags = (r->flags | set) & ~clear;
            editor.merge(*r);
        }
        at = stop;
    }
    return hole ? result<void>{errc::out_of_memory} : result<void>{};
}

result<void> address_space::discard(virtual_address start, virtual_address end,
                                    discard_mode how) noexcept {
    sync::lock_guard guard{lock_};
    space_editor editor{*this};
    release_batch batch{root_};
    bool hole = false;
    for (virtual_address at = start; at < end;) {
        region_span* s = regions_.ending_above(at);
        if (!s || s->start >= end) {
            hole = true;
            break;
        }
        hole = hole || s->start > at;
        region& r = *from(s);
        const virtual_address low = std::max(at, r.start), high = std::min(end, r.end);
        if (r.flags & region_locked && how != discard_mode::even_locked)
            return errc::invalid_argument;
        if (how == discard_mode::free && (!r.anonymous() || r.shared()))
            return errc::invalid_argument;
        if (r.anonymous()) {
            TRY_VOID(editor.split_large_at(low));
            TRY_VOID(editor.split_large_at(high));
        }
        editor.zap(r, low, high, batch);
        at = high;
    }
    return hole ? result<void>{errc::out_of_memory} : result<void>{};
}

result<void> address_space::advise_objects(virtual_address start, virtual_address end,
                                           object_advice how) noexcept {
    for (virtual_address at = start; at < end;) {
        refptr<vm_object> object;
        u64 first = 0, last = 0, offset = 0, bytes = 0;
        {
            sync::shared_guard guard{lock_};
            region_span* s = regions_.ending_above(at);
            if (!s || s->start >= end)
                return errc::out_of_memory;
            region& r = *from(s);
            const virtual_address low = std::max(at, r.start), high = std::min(end, r.end);
            if (how == object_advice::remove && (!r.object || r.flags & region_locked))
                return errc::invalid_argument;
            if (how == object_advice::remove &&
                (!r.shared() || !allows(r.access, protection::write)))
                return errc::access_denied;
            if (r.object) {
                object = r.object;
                first = r.object_page(low);
                last = r.object_page(high - page_size);
                offset = low - r.start + r.offset;
                bytes = high - low;
            }
            at = high;
        }
        if (object && how == object_advice::remove)
            TRY_VOID(object->punch_hole(offset, bytes));
        else if (object)
            object->read_ahead(first, last);
    }
    return {};
}

bool address_space::covers(virtual_address start, virtual_address end) noexcept {
    sync::shared_guard guard{lock_};
    while (start < end) {
        region_span* s = regions_.ending_above(start);
        if (!s || s->start > start)
            return false;
        start = s->end;
    }
    return true;
}

TRACEPOINT(memory, memory_madvise, trace::address start, u64 bytes, i32 advice);
result<void> address_space::advise(virtual_address start, usize bytes, int advice) noexcept {
    TRACE(memory_madvise, start, bytes, advice);
    const virtual_address end = start + align_up(bytes, page_size);
    if (!is_aligned(start, page_size) || end < start)
        return errc::invalid_argument;
    if (start == end)
        return {};
    flag_change change{};
    if (changes_flags(static_cast<hint>(advice), change))
        return change_flags(start, end, change.set, change.clear);
    switch (static_cast<hint>(advice)) {
        case hint::dont_need:
            return discard(start, end, discard_mode::dont_need);
        case hint::dont_need_locked:
            return discard(start, end, discard_mode::even_locked);
        // Freed at once instead of when memory is short, which the call leaves open
        case hint::free:
            return discard(start, end, discard_mode::free);
        case hint::remove:
            return advise_objects(start, end, object_advice::remove);
        case hint::will_need:
            return advise_objects(start, end, object_advice::read_ahead);
        case hint::populate_read:
            return populate_range(start, end, protection::read);
        case hint::populate_write:
            return populate_range(start, end, protection::write);
        // Advice on the order of use changes nothing that a program could see
        case hint::normal:
        case hint::random:
        case hint::sequential:
        case hint::cold:
        case hint::page_out:
            return covers(start, end) ? result<void>{} : errc::out_of_memory;
        default:
            return errc::invalid_argument;
    }
}

result<void> address_space::populate_range(virtual_address start, virtual_address end,
                                           protection wanted) noexcept {
    for (virtual_address at = start; at < end; at += page_size) {
        auto outcome = fault(at, wanted);
        if (!outcome)
            return outcome.error() == errc::bad_address     ? errc::out_of_memory
                   : outcome.error() == errc::access_denied ? errc::invalid_argument
                   : outcome.error() == errc::io_error      ? errc::bad_address
                                                            : outcome.error();
    }
    return {};
}

}  // namespace osprey::memory
