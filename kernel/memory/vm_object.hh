// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/radix_tree.hh>
#include <base/refptr.hh>
#include <memory/frame.hh>
#include <sync/mutex.hh>
#include <sync/wait_queue.hh>

namespace osprey::memory {

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

/// Memory that can be mapped and read: the cached pages of a file, or shared anonymous memory
/// (tmpfs files, memfd, SysV shm). read(2), write(2) and mmap(2) all meet here, so there is one
/// copy of each page. Without a pager, missing pages are zeros (and stay until the object goes).
///
/// Locking: `mutex_` (rank page_cache) guards the tree's writers and the size; look-ups run under
/// RCU. A page that is being read is in the tree without `uptodate`; others wait on `filled_`.
class vm_object final : public ref_counted<vm_object> {
public:
    static result<refptr<vm_object>> create(u64 bytes, pager* source) noexcept;
    ~vm_object();

    /// The page with number `index`, filled, with one more reference; reads ahead.
    /// @return `errc::io_error` from the pager, `errc::out_of_memory`, `errc::invalid_argument`
    /// beyond the end. For `access::write` the page is marked dirty.
    enum class access : u8 { read, write };
    result<frame*> get_page(u64 index, access how) noexcept;
    /// The page if it is present and filled; null otherwise. Never sleeps.
    frame* find_page(u64 index) noexcept;

    [[nodiscard]] u64 size() const noexcept { return size_.load(std::memory_order_acquire); }
    /// Cuts or extends. Pages beyond the new end leave all mappings, the last one is zeroed from
    /// the end on.
    result<void> resize(u64 bytes) noexcept;
    /// fallocate(PUNCH_HOLE): whole pages are dropped, edges zeroed.
    result<void> punch_hole(u64 start, u64 bytes) noexcept;
    /// Writes dirty pages of a range to the pager. fsync(2), msync(2).
    result<void> write_back(u64 first_page, u64 last_page) noexcept;
    /// posix_fadvise(DONTNEED): drops clean unmapped pages.
    void drop_clean(u64 first_page, u64 last_page) noexcept;
    [[nodiscard]] u64 resident_pages() const noexcept;

    /// Copies between pages and plain kernel memory or application memory (faults: bad_address).
    /// Reading stops at the end of the object; writing extends it. @return bytes copied.
    result<usize> read(u64 offset, void* to, usize bytes) noexcept;
    result<usize> write(u64 offset, const void* from, usize bytes) noexcept;

private:
    vm_object(u64 bytes, pager* source) noexcept;
    friend class ref_counted<vm_object>;

    sync::mutex mutex_{sync::lock_rank::page_cache};
    radix_tree<frame> pages_;
    std::atomic<u64> size_;
    pager* const pager_;
    sync::wait_queue filled_;
    list_hook reclaim_link_;
};

}  // namespace osprey::memory
