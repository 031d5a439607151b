// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <arch/user_access.hh>
#include <memory/frames.hh>
#include <memory/object_window.hh>
#include <memory/reclaim.hh>
#include <memory/vm_object.hh>
#include <trace/tracepoint.hh>

// The page cache: finding, fetching and adding pages, read and write.

namespace osprey::memory {

struct object_registry {
    using list = intrusive_list<vm_object, &vm_object::all_link_>;
    static list& objects() noexcept {
        static constinit list l;
        return l;
    }
    static sync::mutex& mutex() noexcept {
        static constinit sync::mutex m;
        return m;
    }
};

result<void> pager::write_pages(u64, const void* const*, usize) noexcept {
    return errc::read_only;
}

vm_object::vm_object(u64 bytes, pager* source) noexcept : size_{bytes}, pager_{source} {}

result<refptr<vm_object>> vm_object::create(u64 bytes, pager* source) noexcept {
    auto object = refptr<vm_object>::adopt(new (std::nothrow) vm_object(bytes, source));
    if (!object)
        return errc::out_of_memory;
    if (source) {
        sync::lock_guard guard{object_registry::mutex()};
        object_registry::objects().push_back(*object);
    }
    return object;
}

vm_object::~vm_object() {
    if (pager_) {
        sync::lock_guard guard{object_registry::mutex()};
        object_registry::list::remove(*this);
    }
    drop_range(0, ~u64{0});
}

void vm_object::for_each(bool (*visit)(vm_object&, void*), void* context) noexcept {
    vm_object* stop = nullptr;
    for (;;) {
        refptr<vm_object> object;
        {
            sync::lock_guard guard{object_registry::mutex()};
            auto& all = object_registry::objects();
            vm_object* o = all.front();
            if (!o || o == stop)
                return;
            // Rotating keeps the place between rounds, and lets objects come and go meanwhile
            object_registry::list::remove(*o);
            all.push_back(*o);
            if (!stop)
                stop = o;
            if (!o->try_add_ref())
                continue;
            object = refptr<vm_object>::adopt(o);
        }
        if (!visit(*object, context))
            return;
    }
}

frame* vm_object::find_page(u64 index) noexcept {
    arch::preempt_guard reading;  // RCU
    frame* f = pages_.find(index);
    if (!f || !try_hold_frame(f))
        return nullptr;
    // It may have left the object, and even be something else by now
    const u16 flags = f->flags.load(std::memory_order_acquire);
    if (f->object != this || f->index != index || !(flags & frame::uptodate)) {
        release_frame(f);
        return nullptr;
    }
    if (!(flags & frame::referenced))
        f->set(frame::referenced);
    return f;
}

TRACEPOINT(memory, page_cache_dirty, trace::address object, u64 frame);
void vm_object::mark_dirty(frame* page) noexcept {
    TRACE(page_cache_dirty, this, number_of(page));
    if (!pager_ || page->has(frame::dirty))
        return;
    sync::lock_guard guard{mutex_};
    if (page->object != this || page->has(frame::dirty))
        return;
    page->set(frame::dirty);
    pages_.set_tag(page->index, dirty_tag);
    dirty_.fetch_add(1, std::memory_order_relaxed);
    count(memory::usage.dirty, 1);
}

TRACEPOINT(memory, page_cache_remove, trace::address object, u64 index);
/// Takes a page out of the tree. Mutex held; the tree's reference passes to the caller.
void vm_object::forget(u64 index, frame* page) noexcept {
    TRACE(page_cache_remove, this, index);
    if (page->has(frame::dirty)) {
        page->clear(frame::dirty);
        dirty_.fetch_sub(1, std::memory_order_relaxed);
        count(memory::usage.dirty, -1);
    }
    pages_.erase(index);
    page->object = nullptr;
    count(memory::usage.cached, -1);
    if (!pager_)
        count(memory::usage.shared, -1);
}

TRACEPOINT(memory, page_cache_add, trace::address object, u64 index);
/// Puts `fresh`, filled, into the tree. @return it, or the page that is already there, with one
/// more reference for the caller (who keeps `fresh`'s own in the latter case).
result<frame*> vm_object::add_page(u64 index, frame* fresh) noexcept {
    TRACE(page_cache_add, this, index);
    for (;;) {
        {
            sync::lock_guard guard{mutex_};
            if (!pages_.find(index)) {
                fresh->object = this;
                fresh->index = index;
                fresh->set(frame::uptodate | frame::referenced);
                hold_frame(fresh);
                if (auto put = pages_.insert(index, fresh); !put) {
                    fresh->object = nullptr;
                    release_frame(fresh);
                    return put.error();
                }
                count(memory::usage.cached, 1);
                if (!pager_)
                    count(memory::usage.shared, 1);
                return fresh;
            }
        }
        if (frame* f = find_page(index))
            return f;
        wait_for_filling(index);
    }
}

result<frame*> vm_object::page_for_reading(u64 index, u32 ahead) noexcept {
    for (;;) {
        if (frame* f = find_page(index)) [[likely]]
            return f;
        if (index >= page_count())
            return errc::invalid_argument;
        TRY_VOID(fetch(index, ahead));
    }
}

result<frame*> vm_object::get_page(u64 index, access how) noexcept {
    constexpr u32 around = 8;  // a page that is mapped is rarely alone
    frame* f = TRY(page_for_reading(index, around));
    if (how == access::write)
        mark_dirty(f);
    return f;
}

TRACEPOINT(memory, page_cache_read, trace::address object, u64 offset, u64 bytes);
result<usize> vm_object::read(u64 offset, void* to, usize bytes) noexcept {
    TRACE(page_cache_read, this, offset, bytes);
    usize done = 0;
    while (done < bytes) {
        const u64 end = size();
        if (offset >= end)
            break;
        const usize at = offset & (page_size - 1);
        const usize n = std::min<u64>({bytes - done, page_size - at, end - offset});
        auto page =
            page_for_reading(offset >> page_shift,
                             static_cast<u32>((at + bytes - done + page_size - 1) >> page_shift));
        if (!page) {
            if (page.error() == errc::invalid_argument)
                break;  // truncated meanwhile
            if (done)
                break;
            return page.error();
        }
        const usize left = arch::copy_user(static_cast<char*>(to) + done,
                                           static_cast<char*>(data_of(*page)) + at, n);
        release_frame(*page);
        done += n - left;
        offset += n - left;
        if (left) {
            if (done)
                break;
            return errc::bad_address;
        }
    }
    return done;
}

/// Writes inside one page. @return bytes written: less than `bytes` after a fault of `from`.
result<usize> vm_object::write_page(u64 index, usize at, const void* from, usize bytes) noexcept {
    frame* page = find_page(index);
    if (!page && bytes != page_size && index < page_count())
        page = TRY(page_for_reading(index, 1));
    if (!page) {
        // Nothing of the old contents stays, so it is not read
        frame* fresh = TRY(allocate_frames(0, bytes == page_size ? fill::none : fill::zero));
        const usize left = arch::copy_user(static_cast<char*>(data_of(fresh)) + at, from, bytes);
        if (left == bytes) {
            release_frame(fresh);
            return errc::bad_address;
        }
        if (left && bytes == page_size)  // the page was not cleared
            __builtin_memset(static_cast<char*>(data_of(fresh)) + bytes - left, 0, left);
        bytes -= left;
        auto added = add_page(index, fresh);
        if (added && *added != fresh)
            __builtin_memcpy(static_cast<char*>(data_of(*added)) + at,
                             static_cast<char*>(data_of(fresh)) + at, bytes);
        // add_page holds one more for itself when it took `fresh`: that is the tree's
        if (!added || *added != fresh)
            release_frame(fresh);
        if (!added)
            return added.error();
        mark_dirty(*added);
        release_frame(*added);
        return bytes;
    }
    // First the mark: a write-back in between writes the page once more
    mark_dirty(page);
    const usize left = arch::copy_user(static_cast<char*>(data_of(page)) + at, from, bytes);
    mark_dirty(page);
    release_frame(page);
    if (left == bytes)
        return errc::bad_address;
    return bytes - left;
}

void vm_object::extend_to(u64 bytes) noexcept {
    if (bytes <= size())
        return;
    sync::lock_guard guard{mutex_};
    if (bytes > size())
        size_.store(bytes, std::memory_order_release);
}

TRACEPOINT(memory, page_cache_write, trace::address object, u64 offset, u64 bytes);
result<usize> vm_object::write(u64 offset, const void* from, usize bytes) noexcept {
    TRACE(page_cache_write, this, offset, bytes);
    usize done = 0;
    while (done < bytes) {
        const usize at = offset & (page_size - 1);
        const usize n = std::min(bytes - done, page_size - at);
        auto written =
            write_page(offset >> page_shift, at, static_cast<const char*>(from) + done, n);
        if (!written) {
            if (done)
                break;
            return written.error();
        }
        done += *written;
        offset += *written;
        extend_to(offset);
        if (*written < n)
            break;
    }
    if (pager_)
        throttle_writers(*this);
    return done;
}

}  // namespace osprey::memory
