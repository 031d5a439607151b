// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <arch/paging.hh>
#include <base/intrusive_tree.hh>
#include <base/refptr.hh>
#include <base/shared_name.hh>
#include <memory/vm_object.hh>
#include <string_view>
#include <sync/rwlock.hh>

namespace osprey::memory {

using arch::protection;

/// Who pays for memory: one per process. Counted in pages; limits from setrlimit(2).
struct account {
    std::atomic<u64> virtual_pages{0}, resident_pages{0}, locked_pages{0}, data_pages{0};
    std::atomic<u64> peak_virtual{0}, peak_resident{0};
    std::atomic<u64> minor_faults{0}, major_faults{0};
    u64 address_space_limit = ~u64{0};  // bytes, RLIMIT_AS
    u64 data_limit = ~u64{0};           // bytes, RLIMIT_DATA
    char name[16] = {};                 // for out-of-memory reports
};

/// Properties of a region beyond its protection.
enum region_flag : u32 {
    region_shared = 1,      // MAP_SHARED: writes go to the object
    region_grows_down = 2,  // MAP_GROWSDOWN (stacks)
    region_stack = 4,
    region_heap = 8,  // brk
    region_no_reserve = 16,
    region_locked = 32,
    region_no_huge = 64,  // MADV_NOHUGEPAGE
    region_dont_dump = 128,
    region_wipe_on_fork = 256,
    region_dont_fork = 512,
    region_vdso = 1024,
    region_huge = 2048,  // MADV_HUGEPAGE
};

/// What backs a new region.
struct backing {
    refptr<vm_object> object;  // null: private anonymous memory
    u64 offset = 0;            // bytes into the object, page aligned
    refptr<shared_name> name;  // path for /proc/PID/maps; may be null
    protection maximum = protection::read | protection::write | protection::execute;
};

enum class placement : u8 {
    anywhere,          // hint only
    fixed,             // MAP_FIXED: replaces what is there
    fixed_no_replace,  // errc::exists if something is there
    low_32bit,         // MAP_32BIT
};

/// One mapped range as /proc/PID/maps shows it.
struct region_view {
    virtual_address start, end;
    protection access;
    u32 flags;
    u64 offset;
    std::string_view name;
    vm_object* object;
    account* owner;
};

/// A page table with the regions that say what belongs where. Several processes may share one
/// (vfork/posix_spawn of position-independent programs); each region remembers its `account`.
///
/// Locking: `lock_` (rank mapping) is held shared by page faults and exclusively by everything that
/// changes regions. Page-table entries are installed with compare-exchange, so that faults on
/// different pages go in parallel.
/// Context of all calls: threads, may sleep.
class address_space final : public ref_counted<address_space> {
public:
    static result<refptr<address_space>> create() noexcept;
    ~address_space();

    /// mmap(2). `bytes` is rounded up to pages. @return the start address;
    /// errors as mmap: invalid_argument, out_of_memory, exists.
    result<virtual_address> map(virtual_address hint, usize bytes, protection access, u32 flags,
                                placement where, const backing& what, account& payer) noexcept;
    result<void> unmap(virtual_address start, usize bytes) noexcept;
    result<void> protect(virtual_address start, usize bytes, protection access) noexcept;
    /// mremap(2), flags MREMAP_* as Linux numbers them.
    result<virtual_address> remap(virtual_address old_start, usize old_bytes, usize new_bytes,
                                  u32 mremap_flags, virtual_address new_start) noexcept;
    /// madvise(2), values as Linux numbers them.
    result<void> advise(virtual_address start, usize bytes, int advice) noexcept;
    result<void> synchronize(virtual_address start, usize bytes, int msync_flags) noexcept;
    result<void> lock_pages(virtual_address start, usize bytes, bool on) noexcept;
    /// mincore(2): bit 0 of out[i].
    result<void> resident(virtual_address start, usize bytes, u8* out) noexcept;
    /// Makes pages present ahead of use (MAP_POPULATE).
    result<void> populate(virtual_address start, usize bytes) noexcept;
    /// Drops every region that `payer` owns: end of a process that shares the address space.
    void unmap_all_of(account& payer) noexcept;

    /// Resolves a fault. @return `errc::bad_address` nothing mapped (SEGV_MAPERR),
    /// `errc::access_denied` (SEGV_ACCERR), `errc::io_error` beyond the object's end or pager
    /// failure (SIGBUS), `errc::out_of_memory`.
    result<void> fault(virtual_address address, protection wanted) noexcept;
    /// The frame behind an address after faulting it in for `wanted`, with a reference: O_DIRECT,
    /// futex keys, process_vm_readv, gdb.
    result<frame*> pin(virtual_address address, protection wanted) noexcept;

    /// Calls `visit` for each region in ascending order, lock held shared; false stops.
    void for_each_region(bool (*visit)(const region_view&, void*), void* context) noexcept;
    /// What the address belongs to: identity for shared futexes (object + offset) or private.
    struct location {
        refptr<vm_object> object;  // null: private memory
        u64 offset;
    };
    result<location> locate(virtual_address address) noexcept;

    void activate() noexcept;  // loads the page table on this CPU
    [[nodiscard]] physical_address root() const noexcept { return root_; }
    [[nodiscard]] usize resident_pages(const account& payer, virtual_address start,
                                       virtual_address end) noexcept;

    struct region;

private:
    address_space() noexcept = default;
    friend class ref_counted<address_space>;
    sync::rwlock lock_{sync::lock_rank::mapping};
    physical_address root_{};
    struct region_tree;
    region_tree* regions_ = nullptr;
};

/// The address space of the running application thread (`sched::thread::space`); null for kernel
/// threads.
address_space* current_address_space() noexcept;
/// Makes `space` the one of the running thread (exec) and loads its page table. A new thread gets
/// its `space` and `context().page_table` before it starts.
void set_current_address_space(address_space* space) noexcept;

}  // namespace osprey::memory
