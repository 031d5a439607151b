// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <arch/paging.hh>
#include <base/intrusive_list.hh>
#include <base/refptr.hh>
#include <base/shared_name.hh>
#include <memory/region_tree.hh>
#include <memory/vm_object.hh>
#include <string_view>
#include <sync/rwlock.hh>

namespace osprey::memory {

using arch::protection;

/// Who pays for memory: one per process. Counted in pages; limits from setrlimit(2).
struct account {
    std::atomic<u64> virtual_pages{0}, resident_pages{0}, locked_pages{0}, data_pages{0};
    std::atomic<u64> file_pages{0}, shared_pages{0};  // of the resident ones; see `page_kind`
    std::atomic<u64> stack_pages{0};
    std::atomic<u64> peak_virtual{0}, peak_resident{0};
    std::atomic<u64> minor_faults{0}, major_faults{0};
    u64 address_space_limit = ~u64{0};  // bytes, RLIMIT_AS
    u64 data_limit = ~u64{0};           // bytes, RLIMIT_DATA
    u64 stack_limit = 8 << 20;          // bytes, RLIMIT_STACK: how far stacks grow
    u64 lock_limit = ~u64{0};           // bytes, RLIMIT_MEMLOCK
    char name[16] = {};                 // for out-of-memory reports
    /// oom_score_adj of proc(5): thousandths of the memory that it counts as more than it has.
    std::atomic<i32> out_of_memory_bias{0};
    static constexpr i32 never_ended = -1000;

    /// How good it would be to end the owner when memory runs out, in pages: the most first.
    /// Negative: it may not be.
    [[nodiscard]] i64 badness(u64 all_pages) const noexcept {
        const i32 bias = out_of_memory_bias.load(std::memory_order_relaxed);
        if (bias == never_ended)
            return -1;
        const i64 pages = static_cast<i64>(resident_pages.load(std::memory_order_relaxed)) +
                          bias * static_cast<i64>(all_pages / 1000);
        return pages > 0 ? pages : 0;
    }
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
    protection access, maximum;
    u32 flags;
    u64 offset;
    std::string_view name;
    vm_object* object;
    account* owner;
};

/// What /proc/PID/smaps says about a range, in pages.
struct region_usage {
    u64 resident = 0, shared_clean = 0, shared_dirty = 0, private_clean = 0, private_dirty = 0;
    u64 referenced = 0, anonymous = 0, huge = 0;
    u64 proportional = 0;  // "Pss"
};

/// A page of an address space that stays where it is until `release_frame(holder)`.
struct pinned_page {
    physical_address where;  // of the page that was asked for
    frame* holder;           // the allocation it is part of
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

    /// fork(2): a space with the regions of `from` at the same addresses, paid for by `to`. Private
    /// pages are shared until one side writes, MADV_DONTFORK and MADV_WIPEONFORK are heeded.
    /// @return `errc::out_of_memory`; this space is as before then.
    result<refptr<address_space>> fork(account& from, account& to) noexcept;

    /// mmap(2). `bytes` is rounded up to pages. @return the start address;
    /// errors as mmap: invalid_argument, out_of_memory, exists.
    result<virtual_address> map(virtual_address hint, usize bytes, protection access, u32 flags,
                                placement where, const backing& what, account& payer) noexcept;
    result<void> unmap(virtual_address start, usize bytes) noexcept;
    result<void> protect(virtual_address start, usize bytes, protection access) noexcept;
    /// mremap(2), flags MREMAP_* as Linux numbers them.
    result<virtual_address> remap(virtual_address old_start, usize old_bytes, usize new_bytes,
                                  u32 mremap_flags, virtual_address new_start) noexcept;
    /// Whether something is mapped everywhere in the range.
    [[nodiscard]] bool covers(virtual_address start, virtual_address end) noexcept;
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
    /// The page behind an address after faulting it in for `wanted`, with a reference: O_DIRECT,
    /// futex keys, process_vm_readv, gdb.
    result<pinned_page> pin(virtual_address address, protection wanted) noexcept;

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
    /// Forgets which pages were used, so that `region_usage::referenced` counts anew: those of
    /// `payer`, private ones, the objects' or both.
    enum class aged : u8 { all, private_pages, object_pages };
    void forget_references(const account& payer, aged which) noexcept;
    [[nodiscard]] usize resident_pages(const account& payer, virtual_address start,
                                       virtual_address end) noexcept;
    /// Walks the page table of [start, end). Context: threads, may sleep.
    region_usage usage(virtual_address start, virtual_address end) noexcept;
    /// Pages of page tables, for VmPTE.
    [[nodiscard]] u64 table_pages() const noexcept {
        return tables_.load(std::memory_order_relaxed);
    }
    /// Below this, `map` looks for room; random for each address space.
    [[nodiscard]] virtual_address map_base() const noexcept { return map_base_; }

    /// Called by vm_object for each space that maps it: takes down what shows pages [first, last].
    /// `wait_mode` of the lock: eviction may not wait. @return whether the lock was had.
    enum class patience : u8 { wait, give_up };
    bool unmap_object(vm_object& object, u64 first, u64 last, patience how) noexcept;
    /// Makes shared mappings of the pages read-only, so that the next write is noticed.
    void protect_object(vm_object& object, u64 first, u64 last) noexcept;
    /// Ages the pages: what was accessed since the last call is marked `referenced`, other pages
    /// leave the page table.
    bool age_object(vm_object& object, u64 first, u64 last) noexcept;

    struct region;
    /// Calls `visit` for all address spaces; they stay alive meanwhile. Context: threads.
    static void for_each(void (*visit)(address_space&, void*), void* context) noexcept;

private:
    address_space() noexcept = default;
    static result<refptr<address_space>> create_unlisted() noexcept;
    void enter_list() noexcept;  // of all spaces
    result<void> copy_regions(address_space& child, account& from, account& to) noexcept;
    result<void> share_private_pages(region& r, region& copy, address_space& child) noexcept;
    friend class ref_counted<address_space>;
    friend class space_editor;
    friend struct fault_context;

    static region* from(region_span* s) noexcept;
    region* find(virtual_address address) noexcept;
    result<virtual_address> choose_address(virtual_address hint, usize bytes, placement where,
                                           bool prefer_large) noexcept;
    bool grow_stack(virtual_address address) noexcept;
    enum class discard_mode : u8 { dont_need, even_locked, free };
    result<void> discard(virtual_address start, virtual_address end, discard_mode how) noexcept;
    result<void> change_flags(virtual_address start, virtual_address end, u32 set,
                              u32 clear) noexcept;
    enum class object_advice : u8 { read_ahead, remove };
    result<void> advise_objects(virtual_address start, virtual_address end,
                                object_advice how) noexcept;
    result<void> populate_range(virtual_address start, virtual_address end,
                                protection wanted) noexcept;
    /// Calls `visit(region, start, end)` for each part of a region that shows pages [first, last].
    template <typename F>
    void for_each_view_of(vm_object& object, u64 first, u64 last, F&& visit) noexcept;
    result<void> fault_once(virtual_address address, protection wanted,
                            struct fault_progress& progress) noexcept;

    mutable sync::rwlock lock_{sync::lock_rank::mapping};
    physical_address root_{};
    region_tree regions_;
    virtual_address map_base_ = 0;
    std::atomic<u64> tables_{0};
    frame_number retired_tables_ = 0;  // list by frame::next, see space_editor::retire_tables
    u32 retired_table_count_ = 0;
    address_space* all_next_ = nullptr;  // list of all spaces
};

/// The address space of the running application thread (`sched::thread::space`); null for kernel
/// threads.
address_space* current_address_space() noexcept;
/// Makes `space` the one of the running thread (exec) and loads its page table. A new thread gets
/// its `space` and `context().page_table` before it starts.
void set_current_address_space(address_space* space) noexcept;

}  // namespace osprey::memory
