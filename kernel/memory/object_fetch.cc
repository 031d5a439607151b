// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <memory/frames.hh>
#include <memory/object_window.hh>
#include <memory/reclaim.hh>
#include <trace/tracepoint.hh>

// Getting missing pages from the pager, and reading ahead.

namespace osprey::memory {

/// How many pages to fetch when page `index` is missing and `least` are asked for. A reader that
/// goes on where the last fetch ended gets twice as much each time.
u32 vm_object::ahead_pages(u64 index, u32 least) noexcept {
    if (!pager_)
        return 1;
    constexpr u32 most = window::capacity;
    u32 ahead = 0;
    if (index == next_expected_.load(std::memory_order_relaxed) || index == 0)
        ahead = std::clamp<u32>(ahead_.load(std::memory_order_relaxed) * 2, 4, most);
    ahead_.store(ahead, std::memory_order_relaxed);
    u32 pages = std::clamp<u32>(std::max(ahead, least), 1, most);
    const u64 free = free_frame_count();
    if (free < frame_watermarks().high)
        pages = std::min<u32>(pages, free < frame_watermarks().low ? 1 : 4);
    return static_cast<u32>(std::min<u64>(pages, page_count() - index));
}

void vm_object::wait_for_filling(u64 index) noexcept {
    (void)filled_.wait(
        [&] {
            arch::preempt_guard reading;  // RCU
            frame* f = pages_.find(index);
            return !f || f->has(frame::uptodate);
        },
        sched::wait_mode::uninterruptible);
}

/// Puts the window's pages into the tree, up to the first that is there already.
/// @return how many; 0: the first one is there.
result<usize> vm_object::insert_window(window& w) noexcept {
    sync::lock_guard guard{mutex_};
    for (usize i = 0; i < w.count; ++i) {
        const u64 index = w.first + i;
        if (pages_.find(index))
            return i;
        frame* f = w.pages[i];
        f->object = this;
        f->index = index;
        hold_frame(f);
        if (auto put = pages_.insert(index, f); !put) {
            f->object = nullptr;
            release_frame(f);
            if (i == 0)
                return put.error();
            return i;
        }
        count(memory::usage.cached, 1);
        if (!pager_)
            count(memory::usage.shared, 1);
    }
    return w.count;
}

/// Takes pages whose filling failed out of the tree again.
void vm_object::abandon(window& w, usize first, usize end) noexcept {
    {
        sync::lock_guard guard{mutex_};
        for (usize i = first; i < end; ++i)
            if (w.pages[i]->object == this) {
                forget(w.first + i, w.pages[i]);
                release_frame(w.pages[i]);
            }
    }
    filled_.wake_all();
}

result<void> vm_object::fill_window(window& w, usize n) noexcept {
    if (pager_) {
        auto outcome = pager_->read_pages(w.first, w.data, n);
        if (!outcome && n > 1) {
            // A bad block further on must not spoil the page that is wanted
            abandon(w, 1, n);
            n = 1;
            outcome = pager_->read_pages(w.first, w.data, 1);
        }
        if (!outcome) {
            abandon(w, 0, n);
            return outcome;
        }
        // The end of the file shows zeros, whatever the pager has there
        const u64 end = size(), last = w.first + n - 1;
        if (end >> page_shift == last) {
            const usize used = end & (page_size - 1);
            __builtin_memset(static_cast<char*>(w.data[n - 1]) + used, 0, page_size - used);
        }
    }
    for (usize i = 0; i < n; ++i)
        w.pages[i]->set(frame::uptodate | (i == 0 ? frame::referenced : 0));
    filled_.wake_all();
    return {};
}

TRACEPOINT(memory, page_cache_fetch, trace::address object, u64 index, u32 ahead);
result<void> vm_object::fetch(u64 index, u32 ahead) noexcept {
    TRACE(page_cache_fetch, this, index, ahead);
    window w;
    w.first = index;
    const u32 wanted = ahead_pages(index, ahead);
    const fill contents = pager_ ? fill::none : fill::zero;
    w.add(TRY(allocate_frames(0, contents)));
    while (w.count < wanted) {
        frame* f = try_allocate_frames(0, contents);
        if (!f)
            break;
        w.add(f);
    }
    auto inserted = insert_window(w);
    result<void> outcome;
    if (!inserted) {
        outcome = inserted.error();
    } else if (*inserted == 0) {
        wait_for_filling(index);
    } else {
        next_expected_.store(index + *inserted, std::memory_order_relaxed);
        outcome = fill_window(w, *inserted);
    }
    for (usize i = 0; i < w.count; ++i)
        release_frame(w.pages[i]);
    return outcome;
}

TRACEPOINT(memory, page_cache_read_ahead, trace::address object, u64 first, u64 last);
void vm_object::read_ahead(u64 first, u64 last) noexcept {
    TRACE(page_cache_read_ahead, this, first, last);
    const u64 end = page_count();
    if (!pager_ || first >= end)
        return;
    for (u64 index = first; index <= std::min(last, end - 1); ++index) {
        if (frame* f = find_page(index)) {
            release_frame(f);
            continue;
        }
        // Not at the cost of pages that somebody uses
        if (free_frame_count() < frame_watermarks().high)
            return;
        if (!fetch(index, static_cast<u32>(std::min<u64>(last - index + 1, window::capacity))))
            return;
    }
}

}  // namespace osprey::memory
