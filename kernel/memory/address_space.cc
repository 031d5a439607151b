// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <memory/frames.hh>
#include <memory/space_editor.hh>
#include <sched/thread.hh>
#include <sync/random_pool.hh>
#include <trace/tracepoint.hh>

// Creating and ending address spaces, mmap and munmap.

namespace osprey::memory {
namespace {

constexpr virtual_address lowest_address = 65536;  // vm.mmap_min_addr
/// Room above map_base for the stack of the first program and its random offset.
constexpr u64 stack_room = u64{1} << 35;
constexpr u64 map_random_pages = u64{1} << 28;  // as Linux on x86-64
constexpr virtual_address low_limit = u64{1} << 31, low_preferred = u64{1} << 30;

struct all_spaces {
    sync::mutex mutex;
    address_space* first = nullptr;
};
constinit all_spaces spaces;

}  // namespace

result<refptr<address_space>> address_space::create() noexcept {
    auto space = TRY(create_unlisted());
    space->enter_list();
    return space;
}

void address_space::enter_list() noexcept {
    sync::lock_guard guard{spaces.mutex};
    all_next_ = spaces.first;
    spaces.first = this;
}

result<refptr<address_space>> address_space::create_unlisted() noexcept {
    auto space = refptr<address_space>::adopt(new (std::nothrow) address_space);
    if (!space)
        return errc::out_of_memory;
    space->root_ = TRY(allocate_table());
    entry_slot* root = table_at(space->root_);
    const entry_slot* kernel = table_at(kernel_root());
    for (usize i = arch::first_kernel_root_entry; i < arch::page_table_entries; ++i)
        root[i].store(kernel[i].load());
    space->tables_.store(1, std::memory_order_relaxed);
    space->map_base_ =
        arch::application_limit - stack_room - random_number() % map_random_pages * page_size;
    space->map_base_ = align_down(space->map_base_, page_size);
    return space;
}

address_space::~address_space() {
    {
        sync::lock_guard guard{spaces.mutex};
        for (address_space** link = &spaces.first; *link; link = &(*link)->all_next_)
            if (*link == this) {
                *link = all_next_;
                break;
            }
    }
    if (raw(root_) == 0)
        return;
    // Nobody runs in it, but a CPU may still have it loaded behind a kernel thread
    space_editor editor{*this};
    (void)editor.unmap(0, arch::application_limit);
    arch::leave_page_table(root_, kernel_root());
    editor.free_retired_tables();
    free_table(root_);
}

void address_space::for_each(void (*visit)(address_space&, void*), void* context) noexcept {
    refptr<address_space> held;
    {
        sync::lock_guard guard{spaces.mutex};
        address_space* s = spaces.first;
        while (s && !s->try_add_ref())
            s = s->all_next_;
        held = refptr<address_space>::adopt(s);
    }
    while (held) {
        visit(*held, context);
        refptr<address_space> next;
        {
            sync::lock_guard guard{spaces.mutex};
            address_space* s = held->all_next_;
            while (s && !s->try_add_ref())
                s = s->all_next_;
            next = refptr<address_space>::adopt(s);
        }
        held = std::move(next);
    }
}

result<virtual_address> address_space::choose_address(virtual_address hint, usize bytes,
                                                      placement where, bool prefer_large) noexcept {
    auto found = [](virtual_address at) -> result<virtual_address> {
        if (at == 0)
            return errc::out_of_memory;
        return at;
    };
    const virtual_address limit =
        where == placement::low_32bit ? low_limit : arch::application_limit;
    if (hint >= lowest_address && bytes <= limit && hint <= limit - bytes) {
        region_span* above = regions_.ending_above(hint);
        if (!above || above->start >= hint + bytes)
            return hint;
    }
    if (where == placement::low_32bit) {
        if (virtual_address at = regions_.highest_gap(bytes, page_size, low_preferred, low_limit))
            return at;
        return found(regions_.highest_gap(bytes, page_size, lowest_address, low_limit));
    }
    if (prefer_large)
        if (virtual_address at =
                regions_.highest_gap(bytes, large_page_size, lowest_address, map_base_))
            return at;
    if (virtual_address at = regions_.highest_gap(bytes, page_size, lowest_address, map_base_))
        return at;
    return found(regions_.highest_gap(bytes, page_size, lowest_address, arch::application_limit));
}

TRACEPOINT(memory, memory_mmap, trace::address hint, u64 bytes, u32 access, u32 flags);
result<virtual_address> address_space::map(virtual_address hint, usize bytes, protection access,
                                           u32 flags, placement where, const backing& what,
                                           account& payer) noexcept {
    TRACE(memory_mmap, hint, bytes, static_cast<u32>(access), flags);
    bytes = align_up(bytes, page_size);
    const bool fixed = where == placement::fixed || where == placement::fixed_no_replace;
    if (bytes == 0 || !is_aligned(what.offset, page_size) ||
        (fixed && !is_aligned(hint, page_size)))
        return errc::invalid_argument;
    if (!allows(what.maximum, access))
        return errc::access_denied;
    if (bytes > arch::application_limit || (fixed && hint > arch::application_limit - bytes))
        return errc::out_of_memory;
    if (fixed && hint < lowest_address)
        return errc::not_permitted;

    refptr<vm_object> object = what.object;
    if (!object && flags & region_shared)
        object = TRY(vm_object::create(bytes, nullptr));
    unique_ptr<region> fresh{new (std::nothrow) region};
    if (!fresh)
        return errc::out_of_memory;
    region& r = *fresh;
    r.access = access;
    r.maximum = what.maximum;
    r.flags = flags;
    r.object = std::move(object);
    r.offset = r.object ? what.offset : 0;
    r.name = what.name;
    r.owner = &payer;

    const u64 pages = bytes >> page_shift;
    if (payer.virtual_pages.load(std::memory_order_relaxed) + pages > payer.address_space_limit >>
        page_shift)
        return errc::out_of_memory;
    if (r.is_data() &&
        payer.data_pages.load(std::memory_order_relaxed) + pages > payer.data_limit >> page_shift)
        return errc::out_of_memory;
    // What can never be filled is refused at once, like Linux's heuristic overcommit does
    if (r.is_data() && r.anonymous() && !(flags & region_no_reserve) && pages > managed_frames())
        return errc::out_of_memory;

    sync::lock_guard guard{lock_};
    space_editor editor{*this};
    virtual_address at = hint;
    if (where == placement::fixed) {
        TRY_VOID(editor.unmap(at, at + bytes));
    } else if (where == placement::fixed_no_replace) {
        region_span* above = regions_.ending_above(at);
        if (above && above->start < at + bytes)
            return errc::exists;
    } else {
        const bool prefer_large = r.anonymous() && bytes >= large_page_size;
        at = TRY(choose_address(hint, bytes, where, prefer_large));
    }
    r.start = at;
    r.end = at + bytes;
    space_editor::account_mapped(r, pages, true);
    editor.insert(*fresh.release());
    editor.merge(r);
    return at;
}

TRACEPOINT(memory, memory_munmap, trace::address start, u64 bytes);
result<void> address_space::unmap(virtual_address start, usize bytes) noexcept {
    TRACE(memory_munmap, start, bytes);
    bytes = align_up(bytes, page_size);
    if (!is_aligned(start, page_size) || bytes == 0 || start > arch::application_limit ||
        bytes > arch::application_limit - start)
        return errc::invalid_argument;
    sync::lock_guard guard{lock_};
    return space_editor{*this}.unmap(start, start + bytes);
}

void address_space::unmap_all_of(account& payer) noexcept {
    sync::lock_guard guard{lock_};
    space_editor editor{*this};
    for (virtual_address at = 0;;) {
        region_span* s = regions_.ending_above(at);
        if (!s)
            return;
        at = s->end;
        // Whole regions: nothing is split, so nothing can fail
        if (from(s)->owner == &payer)
            (void)editor.unmap(s->start, s->end);
    }
}

TRACEPOINT(memory, mmu_vm_stack_fault, trace::address address);
bool address_space::grow_stack(virtual_address address) noexcept {
    TRACE(mmu_vm_stack_fault, address);
    constexpr u64 guard_gap = 256 * page_size;  // as Linux
    const virtual_address start = align_down(address, page_size);
    sync::lock_guard guard{lock_};
    region_span* s = regions_.ending_above(address);
    if (!s)
        return false;
    region& r = *from(s);
    if (r.start <= address)
        return true;  // somebody else was faster
    if (!(r.flags & region_grows_down) || r.end - start > r.owner->stack_limit)
        return false;
    const u64 pages = (r.start - start) >> page_shift;
    if (r.owner->virtual_pages.load(std::memory_order_relaxed) + pages >
        r.owner->address_space_limit >> page_shift)
        return false;
    const virtual_address below = r.previous ? r.previous->end : lowest_address;
    if (start < below || start - below < guard_gap)
        return false;
    space_editor::account_mapped(r, pages, true);
    regions_.resize(r, start, r.end);
    return true;
}

TRACEPOINT(memory, memory_activate, trace::address space);
void address_space::activate() noexcept {
    TRACE(memory_activate, this);
    arch::load_page_table(root_);
}

address_space* current_address_space() noexcept {
    return sched::current().space;
}

void set_current_address_space(address_space* space) noexcept {
    sched::thread& self = sched::current();
    arch::preempt_guard guard;
    self.space = space;
    self.context().page_table = space ? space->root() : physical_address{};
    arch::load_page_table(space ? space->root() : kernel_root());
}

}  // namespace osprey::memory
