// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <memory/address_space.hh>
#include <memory/frames.hh>
#include <memory/object_window.hh>
#include <trace/tracepoint.hh>

// Cutting objects, writing them back, and evicting their pages: everything that has to take pages
// out of mappings.

namespace osprey::memory {

TRACEPOINT(memory, memory_object_map, trace::address object);
void vm_object::attach(object_mapping& m) noexcept {
    TRACE(memory_object_map, this);
    sync::lock_guard guard{mappings_mutex_};
    m.visited = visit_round_;
    mappings_.push_back(m);
    mapped_.fetch_add(1, std::memory_order_release);
}

TRACEPOINT(memory, memory_object_unmap, trace::address object);
void vm_object::detach(object_mapping& m) noexcept {
    TRACE(memory_object_unmap, this);
    sync::lock_guard guard{mappings_mutex_};
    decltype(mappings_)::remove(m);
    mapped_.fetch_sub(1, std::memory_order_release);
}

bool vm_object::mapped_writable() noexcept {
    sync::lock_guard guard{mappings_mutex_};
    for (const object_mapping& m : mappings_)
        if (m.may_write)
            return true;
    return false;
}

/// Calls `visit(space)` once for each address space that maps the object. The spaces' locks rank
/// above this object's, so none of these is held during the call.
template <typename F>
void vm_object::visit_spaces(F&& visit) noexcept {
    u64 round;
    {
        sync::lock_guard guard{mappings_mutex_};
        round = ++visit_round_;
    }
    for (;;) {
        refptr<address_space> space;
        {
            sync::lock_guard guard{mappings_mutex_};
            for (object_mapping& m : mappings_) {
                if (m.visited == round)
                    continue;
                m.visited = round;
                if (!space && m.space->try_add_ref())
                    space = refptr<address_space>::adopt(m.space);
                else if (space && m.space != space.get())
                    m.visited = round - 1;
            }
        }
        if (!space)
            return;
        visit(*space);
    }
}

template <typename F>
void vm_object::for_each_space(F&& visit) noexcept {
    if (mapped_.load(std::memory_order_acquire) == 0)
        return;
    sync::lock_guard one_walk{visit_mutex_};
    visit_spaces(visit);
}

/// Drops all pages of a range that left the mappings. @return how many.
u64 vm_object::drop_range(u64 first, u64 last) noexcept {
    u64 dropped = 0;
    sync::lock_guard guard{mutex_};
    pages_.for_each(first, last, [&](u64 index, frame* f) {
        forget(index, f);
        release_frame(f);
        ++dropped;
        return true;
    });
    return dropped;
}

void vm_object::zero_part(frame* page, usize from, usize to) noexcept {
    __builtin_memset(static_cast<char*>(data_of(page)) + from, 0, to - from);
    mark_dirty(page);
}

TRACEPOINT(memory, page_cache_resize, trace::address object, u64 bytes);
result<void> vm_object::resize(u64 bytes) noexcept {
    TRACE(page_cache_resize, this, bytes);
    u64 old;
    {
        sync::lock_guard guard{mutex_};
        old = size_.exchange(bytes, std::memory_order_seq_cst);
    }
    if (bytes >= old)
        return {};
    const u64 first_gone = page_count();
    for_each_space([&](address_space& space) {
        space.unmap_object(*this, first_gone, ~u64{0}, address_space::patience::wait);
    });
    drop_range(first_gone, ~u64{0});
    if (const usize used = bytes & (page_size - 1))
        if (frame* f = find_page(bytes >> page_shift)) {
            zero_part(f, used, page_size);
            release_frame(f);
        }
    filled_.wake_all();
    return {};
}

result<void> vm_object::punch_hole(u64 start, u64 bytes) noexcept {
    const u64 end = std::min(size(), start + bytes);
    if (start >= end)
        return {};
    const u64 first_whole = align_up(start, page_size), whole_end = align_down(end, page_size);
    auto zero_edge = [&](u64 from, u64 to) -> result<void> {
        if (from >= to)
            return {};
        frame* f = TRY(get_page(from >> page_shift, access::write));
        const usize at = from & (page_size - 1);
        zero_part(f, at, at + (to - from));
        release_frame(f);
        return {};
    };
    if (start >> page_shift == end >> page_shift)
        return zero_edge(start, end);
    // The edges first: fetching them may read ahead
    TRY_VOID(zero_edge(start, std::min(first_whole, end)));
    TRY_VOID(zero_edge(std::max(whole_end, start), end));
    if (first_whole < whole_end) {
        const u64 first = first_whole >> page_shift, last = (whole_end >> page_shift) - 1;
        for_each_space([&](address_space& space) {
            space.unmap_object(*this, first, last, address_space::patience::wait);
        });
        drop_range(first, last);
        filled_.wake_all();
    }
    return {};
}

void vm_object::drop_clean(u64 first, u64 last) noexcept {
    if (!pager_)
        return;
    sync::lock_guard guard{mutex_};
    pages_.for_each(first, last, [&](u64 index, frame* f) {
        (void)evict_page(index, f);
        return true;
    });
}

/// Gathers the next run of dirty pages, which count as clean from now on.
usize vm_object::collect_dirty(u64& at, u64 last, window& w) noexcept {
    sync::lock_guard guard{mutex_};
    while (w.count < window::capacity) {
        u64 found;
        frame* f = pages_.find_tagged(at, dirty_tag, found);
        if (!f || found > last || (w.count && found != w.first + w.count))
            break;
        if (w.count == 0)
            w.first = found;
        hold_frame(f);
        pages_.clear_tag(found, dirty_tag);
        f->set(frame::writeback);
        f->clear(frame::dirty);
        dirty_.fetch_sub(1, std::memory_order_relaxed);
        memory::count(memory::usage.dirty, -1);
        w.add(f);
        at = found + 1;
    }
    return w.count;
}

TRACEPOINT(memory, page_cache_write_back, trace::address object, u64 first, u64 last);
result<void> vm_object::write_back(u64 first, u64 last) noexcept {
    TRACE(page_cache_write_back, this, first, last);
    if (!pager_)
        return {};
    sync::lock_guard in_order{write_back_mutex_};
    for (u64 at = first;;) {
        window w;
        if (collect_dirty(at, last, w) == 0)
            return {};
        // Writes through mappings up to here go with the page; later ones fault and mark it again
        const u64 run_last = w.first + w.count - 1;
        for_each_space(
            [&](address_space& space) { space.protect_object(*this, w.first, run_last); });
        auto outcome = pager_->write_pages(w.first, w.data, w.count);
        for (usize i = 0; i < w.count; ++i) {
            w.pages[i]->clear(frame::writeback);
            if (!outcome)
                mark_dirty(w.pages[i]);
            release_frame(w.pages[i]);
        }
        TRY_VOID(std::move(outcome));
    }
}

TRACEPOINT(memory, page_cache_evict, trace::address object, u64 index);
/// Drops a page that is clean and that only the tree refers to. Mutex held.
bool vm_object::evict_page(u64 index, frame* page) noexcept {
    TRACE(page_cache_evict, this, index);
    u32 only_ours = 1;
    if (page->has(frame::dirty | frame::writeback) || !page->has(frame::uptodate) ||
        !page->references.compare_exchange_strong(only_ours, 0, std::memory_order_acq_rel))
        return false;
    // At zero nobody can get a reference any more
    forget(index, page);
    free_frames(page);
    return true;
}

u64 vm_object::evict(u64 wanted) noexcept {
    constexpr u64 stride = 256;  // pages looked at under one hold of the locks
    u64 freed = 0;
    if (!pager_ || pages_.empty())
        return 0;
    u64 looked = 0;
    const u64 present = pages_.size();
    while (freed < wanted && looked < present) {
        if (!mutex_.try_lock())
            return freed;
        u64 first;
        if (!pages_.find_from(clock_hand_, first))
            clock_hand_ = 0;
        first = clock_hand_;
        mutex_.unlock();
        if (mapped_.load(std::memory_order_acquire) != 0 && visit_mutex_.try_lock()) {
            visit_spaces(
                [&](address_space& space) { space.age_object(*this, first, first + stride - 1); });
            visit_mutex_.unlock();
        }
        if (!mutex_.try_lock())
            return freed;
        u64 at = first, found;
        for (u64 i = 0; i < stride && freed < wanted; ++i) {
            frame* f = pages_.find_from(at, found);
            if (!f || found >= first + stride) {
                // Nothing left here: go on after the gap
                at = f ? found : 0;
                looked = f ? looked : present;
                break;
            }
            ++looked;
            if (f->has(frame::referenced))
                f->clear(frame::referenced);
            else if (evict_page(found, f))
                ++freed;
            at = found + 1;
        }
        clock_hand_ = at;
        mutex_.unlock();
    }
    return freed;
}

}  // namespace osprey::memory
