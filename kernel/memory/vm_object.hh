// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/intrusive_list.hh>
#include <base/radix_tree.hh>
#include <base/refptr.hh>
#include <memory/frame.hh>
#include <sync/mutex.hh>
#include <sync/wait_queue.hh>

namespace osprey::memory {

class address_space;

/// Where a vm_object's pages come from and go to (Mach's term). Implemented by filesystems.
/// All calls may sleep; pages beyond the end of the file are zero-filled by the caller.
class pager {
public:
    virtual ~pager() = default;
    /// Fills `count` consecutive pages beginning at page `index`; `pages[i]` is the kernel address
    /// of page index+i. Must fill all or fail.
    virtual result<void> read_pages(u64 index, void* const* pages, usize count) noexcept = 0;
    /// Stores pages. Read-only sources answer `errc::read_only`.
    virtual result<void> write_pages(u64 index, const void* const* pages, usize count) noexcept;
};

/// A region's place in the list of its object's mappings.
struct object_mapping {
    list_hook mapping_link;
    address_space* space = nullptr;
    bool may_write = false;  // shared, and writable now or by mprotect(2)
    u64 visited = 0;         // guarded by the list's mutex; see vm_object::for_each_space
};

/// Memory that can be mapped and read: the cached pages of a file, or shared anonymous memory
/// (tmpfs files, memfd, SysV shm). read(2), write(2) and mmap(2) all meet here, so there is one
/// copy of each page. Without a pager, missing pages are zeros (and stay until the object goes).
///
/// Locking: `mutex_` (rank page_cache) guards the tree's writers and the size; look-ups run under
/// RCU. A page that is being read is in the tree without `uptodate`; others wait on `filled_`.
/// The tree holds one reference on each page; a page with more is in use and is not evicted.
class vm_object final : public ref_counted<vm_object> {
public:
    static result<refptr<vm_object>> create(u64 bytes, pager* source) noexcept;
    ~vm_object();

    /// The page with number `index`, filled, with one more reference; reads ahead.
    /// @return `errc::io_error` from the pager, `errc::out_of_memory`, `errc::invalid_argument`
    /// beyond the end. For `access::write` the page is marked dirty.
    enum class access : u8 { read, write };
    result<frame*> get_page(u64 index, access how) noexcept;
    /// The page if it is present and filled, with one more reference; null otherwise. Never sleeps.
    frame* find_page(u64 index) noexcept;
    /// Marks a page, on which the caller has a reference, as different from the pager's copy.
    void mark_dirty(frame* page) noexcept;

    [[nodiscard]] u64 size() const noexcept { return size_.load(std::memory_order_acquire); }
    [[nodiscard]] bool has_pager() const noexcept { return pager_ != nullptr; }
    /// Cuts or extends. Pages beyond the new end leave all mappings, the last one is zeroed from
    /// the end on.
    result<void> resize(u64 bytes) noexcept;
    /// fallocate(PUNCH_HOLE): whole pages are dropped, edges zeroed. The pager punches its own copy
    /// before, or pages that are fetched meanwhile show the old contents.
    result<void> punch_hole(u64 start, u64 bytes) noexcept;
    /// Writes dirty pages of a range to the pager. fsync(2), msync(2).
    result<void> write_back(u64 first_page, u64 last_page) noexcept;
    /// posix_fadvise(DONTNEED): drops clean unmapped pages.
    void drop_clean(u64 first_page, u64 last_page) noexcept;
    /// posix_fadvise(WILLNEED), readahead(2): fetches pages that are missing. Errors are left to
    /// whoever needs the page.
    void read_ahead(u64 first_page, u64 last_page) noexcept;
    [[nodiscard]] u64 resident_pages() const noexcept { return pages_.size(); }
    [[nodiscard]] u64 dirty_pages() const noexcept {
        return dirty_.load(std::memory_order_relaxed);
    }

    /// Copies between pages and plain kernel memory or application memory (faults: bad_address).
    /// Reading stops at the end of the object; writing extends it. @return bytes copied.
    result<usize> read(u64 offset, void* to, usize bytes) noexcept;
    result<usize> write(u64 offset, const void* from, usize bytes) noexcept;

    // For address_space and reclaim.
    void attach(object_mapping& m) noexcept;
    void detach(object_mapping& m) noexcept;
    /// Could an application change the object through a shared mapping? For F_SEAL_WRITE.
    [[nodiscard]] bool mapped_writable() noexcept;
    /// Drops up to `wanted` cold clean pages. @return frames freed. Never waits for a lock.
    u64 evict(u64 wanted) noexcept;
    /// Calls `visit(object, context)` once for every object with a pager until it returns false,
    /// beginning after the object where the last round stopped.
    static void for_each(bool (*visit)(vm_object&, void*), void* context) noexcept;

private:
    vm_object(u64 bytes, pager* source) noexcept;
    friend class ref_counted<vm_object>;

    enum tag : unsigned { dirty_tag = 0 };
    struct window;

    template <typename F>
    void for_each_space(F&& visit) noexcept;
    template <typename F>
    void visit_spaces(F&& visit) noexcept;
    [[nodiscard]] u64 page_count() const noexcept {
        return align_up(size(), page_size) >> page_shift;
    }
    result<frame*> page_for_reading(u64 index, u32 ahead) noexcept;
    result<void> fetch(u64 index, u32 ahead) noexcept;
    result<usize> insert_window(window& w) noexcept;
    result<void> fill_window(window& w, usize count) noexcept;
    void abandon(window& w, usize first, usize count) noexcept;
    void wait_for_filling(u64 index) noexcept;
    result<frame*> add_page(u64 index, frame* fresh) noexcept;
    result<usize> write_page(u64 index, usize at, const void* from, usize bytes) noexcept;
    void extend_to(u64 bytes) noexcept;
    u64 drop_range(u64 first, u64 last) noexcept;
    bool evict_page(u64 index, frame* page) noexcept;
    void zero_part(frame* page, usize from, usize to) noexcept;
    usize collect_dirty(u64& at, u64 last, window& w) noexcept;
    void forget(u64 index, frame* page) noexcept;
    [[nodiscard]] u32 ahead_pages(u64 index, u32 least) noexcept;

    sync::mutex mutex_{sync::lock_rank::page_cache};
    radix_tree<frame> pages_;
    std::atomic<u64> size_;
    pager* const pager_;
    std::atomic<u64> dirty_{0};
    sync::wait_queue filled_;
    sync::mutex write_back_mutex_;  // one writer to the pager at a time keeps pages in order

    // Read-ahead: where a sequential reader would go on, and how far to read then.
    std::atomic<u64> next_expected_{0};
    std::atomic<u32> ahead_{0};
    u64 clock_hand_ = 0;  // where eviction goes on; guarded by mutex_

    sync::mutex mappings_mutex_{sync::lock_rank::page_cache};
    intrusive_list<object_mapping, &object_mapping::mapping_link> mappings_;
    std::atomic<u32> mapped_{0};  // regions in the list
    sync::mutex visit_mutex_;     // one walk over the spaces at a time
    u64 visit_round_ = 0;

    list_hook all_link_;
    friend struct object_registry;
};

}  // namespace osprey::memory
