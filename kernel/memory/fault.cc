// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <arch/interrupts.hh>
#include <memory/frames.hh>
#include <memory/out_of_memory.hh>
#include <memory/space_editor.hh>
#include <sched/thread.hh>
#include <trace/tracepoint.hh>

// Resolving page faults. All of it runs with the address space's lock held shared: entries are
// installed by compare-exchange, and whoever loses the race drops what it prepared.

namespace osprey::memory {

/// What survives from one attempt at a fault to the next.
struct fault_progress {
    refptr<vm_object> object;  // a page of it has to be fetched without the lock held
    u64 page = 0;
    frame* fetched = nullptr;  // keeps that page from being evicted again before it is mapped
    bool waited_for_pager = false;
    bool grow_stack = false;

    ~fault_progress() {
        if (fetched)
            release_frame(fetched);
    }
};

namespace {

/// Pages mapped at once around a fault on a file, when they are cached.
constexpr u64 around_bytes = 16 * page_size;
/// Pages mapped beyond a fault on anonymous memory that is touched in sequence.
constexpr u64 next_pages = 3;

bool rights_suffice(protection access, protection wanted) noexcept {
    // On this architecture whatever can be written or executed can be read
    return wanted == protection::read ? access != protection::none : allows(access, wanted);
}

bool entry_allows(page_table_entry e, protection wanted) noexcept {
    return e.present() && (!allows(wanted, protection::write) || e.writable()) &&
           (!allows(wanted, protection::execute) || e.executable());
}

/// A fault was resolved: a major one if it had to wait for a disk (getrusage(2)).
void count_fault(account& owner, const fault_progress& progress) noexcept {
    const bool major = progress.waited_for_pager;
    (major ? owner.major_faults : owner.minor_faults).fetch_add(1, std::memory_order_relaxed);
    count_pages(&page_counters::faults, 1);
    if (major)
        count_pages(&page_counters::major_faults, 1);
    if (sched::thread* self = arch::current_thread())
        ++(major ? self->major_faults : self->minor_faults);
}

}  // namespace

struct fault_context {
    using region = address_space::region;
    address_space& space;
    region& r;
    virtual_address page;  // aligned
    protection wanted;
    fault_progress& progress;

    bool install(entry_slot& slot, page_table_entry old, page_table_entry fresh) noexcept {
        return slot.compare_exchange(old, fresh);
    }

    /// Large pages serve big anonymous regions while there is plenty of memory.
    [[nodiscard]] bool large_page_fits() const noexcept {
        constexpr u32 never = region_no_huge | region_stack | region_grows_down;
        const virtual_address start = align_down(page, large_page_size);
        return r.anonymous() && !(r.flags & never) && start >= r.start &&
               r.end - start >= large_page_size && plentiful();
    }

    /// @return whether a large page was installed (by anyone).
    bool try_large(entry_slot& directory_slot) noexcept {
        frame* f = try_allocate_frames(buddy::largest_order, fill::zero);
        if (!f)
            return false;
        auto leaf = page_table_entry::leaf(address_of(f), r.access, true).as_private();
        if (!install(directory_slot, {}, leaf)) {
            release_frame(f);
            return directory_slot.load().large();
        }
        add_resident(*r.owner, arch::page_table_entries, page_kind::anonymous);
        count_pages(&page_counters::mapped_huge, arch::page_table_entries);
        return true;
    }

    result<void> anonymous(entry_slot& slot) noexcept {
        frame* f = TRY(allocate_frames(0, fill::zero));
        auto leaf = page_table_entry::leaf(address_of(f), r.access, false).as_private();
        if (!install(slot, {}, leaf)) {
            release_frame(f);
            return {};
        }
        const u64 index = page >> page_shift & (arch::page_table_entries - 1);
        const bool in_sequence = index != 0 && page > r.start && !(&slot)[-1].load().empty();
        add_resident(*r.owner, 1 + (in_sequence && plentiful() ? touch_next(&slot, index) : 0),
                     page_kind::anonymous);
        return {};
    }

    /// The page before was there already, so the program goes through the region: maps the next
    /// pages too, while there is plenty of memory. @return how many.
    u64 touch_next(entry_slot* slot, u64 index) noexcept {
        u64 end = std::min<u64>(index + next_pages, arch::page_table_entries - 1);
        end = std::min(end, index + (r.end - page) / page_size - 1);
        u64 mapped = 0;
        while (++index <= end && (++slot)->load().empty()) {
            frame* f = try_allocate_frames(0, fill::zero);
            if (!f)
                break;
            auto leaf = page_table_entry::leaf(address_of(f), r.access, false).as_private();
            if (!install(*slot, {}, leaf)) {
                release_frame(f);
                break;
            }
            ++mapped;
        }
        return mapped;
    }

    /// The object's page for this fault, with a reference; `errc::again` when it must be fetched.
    result<frame*> object_page() noexcept {
        const u64 index = r.object_page(page);
        if (index >= align_up(r.object->size(), page_size) >> page_shift)
            return errc::io_error;
        if (frame* f = r.object->find_page(index))
            return f;
        progress.object = r.object;
        progress.page = index;
        return errc::again;
    }

    /// Replaces `old` (nothing, the object's page, or one shared since a fork) by a private copy of
    /// `original`.
    result<void> copy(entry_slot& slot, page_table_entry old, frame* original) noexcept {
        const bool was_private = old.is_private();
        frame* f = TRY(allocate_frames(0));
        arch::copy_page(data_of(f), data_of(original));
        // No CPU may read the old page any more when another can write to the new one
        if (old.present()) {
            const page_table_entry parked = old.with_protection(protection::none);
            if (!install(slot, old, parked)) {
                release_frame(f);
                return {};
            }
            arch::flush_page_table(space.root_, page, page_size);
            old = parked;
        }
        auto leaf = page_table_entry::leaf(address_of(f), r.access, false).as_private();
        if (!install(slot, old, leaf)) {
            release_frame(f);
            return {};  // another thread, or the accessed bit: the instruction is tried again
        }
        if (old.empty()) {
            add_resident(*r.owner, 1, page_kind::anonymous);
        } else {
            if (!was_private)
                made_private(*r.owner, r.object_kind());
            release_frame(ram_frame(old.frame()));
        }
        return {};
    }

    void map_object_page(entry_slot& slot, page_table_entry old, frame* f,
                         protection rights) noexcept {
        hold_frame(f);
        if (!install(slot, old, page_table_entry::leaf(address_of(f), rights, false))) {
            release_frame(f);
            return;
        }
        if (old.empty())
            add_resident(*r.owner, 1, r.object_kind());
        else
            release_frame(ram_frame(old.frame()));
        leave_if_cut();
    }

    /// A truncation that looked at the page table before the page came must not miss it.
    void leave_if_cut() noexcept {
        std::atomic_thread_fence(std::memory_order_seq_cst);
        const u64 end = align_up(r.object->size(), page_size) >> page_shift;
        const u64 first_shown = r.offset >> page_shift;
        if (end >= first_shown + r.pages()) [[likely]]
            return;
        release_batch batch{space.root_};
        const virtual_address from =
            end > first_shown ? r.start + ((end - first_shown) << page_shift) : r.start;
        space_editor{space}.zap_object_pages(r, std::max(from, align_down(page, around_bytes)),
                                             std::min(r.end, page + around_bytes), batch);
    }

    /// Maps cached neighbours too: the next faults never happen.
    void map_around() noexcept {
        const virtual_address low = std::max(r.start, align_down(page, around_bytes));
        const virtual_address high = std::min(r.end, align_down(page, around_bytes) + around_bytes);
        const protection rights = r.object_access();
        const u64 object_end = align_up(r.object->size(), page_size) >> page_shift;
        entry_slot* slot = find_slot(space.root_, low, 0);
        u64 mapped = 0;
        for (virtual_address at = low; at < high; at += page_size, ++slot) {
            const u64 index = r.object_page(at);
            if (index >= object_end)
                break;
            if (!slot->load().empty())
                continue;
            frame* f = r.object->find_page(index);
            if (!f)
                continue;
            // The reference of the look-up becomes the mapping's
            if (install(*slot, {}, page_table_entry::leaf(address_of(f), rights, false)))
                ++mapped;
            else
                release_frame(f);
        }
        if (mapped) {
            add_resident(*r.owner, mapped, r.object_kind());
            leave_if_cut();
        }
    }

    result<void> object_backed(entry_slot& slot, page_table_entry e) noexcept {
        const bool writes = allows(wanted, protection::write);
        frame* f = TRY(object_page());
        result<void> outcome;
        if (!writes) {
            map_object_page(slot, e, f, r.object_access());
            release_frame(f);
            map_around();
            return {};
        }
        if (r.shared()) {
            if (r.object->has_pager())
                r.object->mark_dirty(f);
            map_object_page(slot, e, f, r.access);
        } else {
            outcome = copy(slot, e, f);
        }
        release_frame(f);
        return outcome;
    }

    result<void> resolve() noexcept {
        auto directory = make_slot(space.root_, page, 1, &space.tables_);
        if (!directory)
            return directory.error();
        page_table_entry d = (*directory)->load();
        if (d.empty() && large_page_fits() && try_large(**directory))
            return {};
        d = (*directory)->load();
        if (!d.empty() && d.large())
            return large_present(**directory, d);
        entry_slot* slot;
        if (d.empty())
            slot = TRY(make_slot(space.root_, page, 0, &space.tables_));
        else
            slot = &slot_in(d.frame(), page, 0);
        const page_table_entry e = slot->load();
        if (e.empty())
            return r.anonymous() ? anonymous(*slot) : object_backed(*slot, e);
        if (entry_allows(e, wanted)) {
            arch::flush_local(page);  // a stale translation of this CPU
            return {};
        }
        if (e.is_private())
            return private_page(*slot, e);
        return object_backed(*slot, e);
    }

    /// A private page that does not allow what is wanted: its rights have changed, or it is shared
    /// since a fork.
    result<void> private_page(entry_slot& slot, page_table_entry e) noexcept {
        const protection rights = r.private_access(e);
        if (!allows(wanted, protection::write) || allows(rights, protection::write)) {
            (void)install(slot, e, e.with_protection(rights));
            return {};
        }
        frame* original = ram_frame(e.frame());
        if (!try_hold_frame(original))
            return {};  // another thread has copied it meanwhile
        result<void> outcome;
        if (slot.load().bits() == e.bits())
            outcome = copy(slot, e, original);
        release_frame(original);
        return outcome;
    }

    result<void> large_present(entry_slot& slot, page_table_entry e) noexcept {
        if (entry_allows(e, wanted))
            arch::flush_local(page);
        else
            (void)install(slot, e, e.with_protection(r.access));
        return {};
    }
};

result<void> address_space::fault_once(virtual_address address, protection wanted,
                                       fault_progress& progress) noexcept {
    sync::shared_guard guard{lock_};
    region* r = find(address);
    if (!r) {
        region_span* above = regions_.ending_above(address);
        progress.grow_stack = above && from(above)->flags & region_grows_down;
        return progress.grow_stack ? errc::again : errc::bad_address;
    }
    if (!rights_suffice(r->access, wanted))
        return errc::access_denied;
    auto outcome =
        fault_context{*this, *r, align_down(address, page_size), wanted, progress}.resolve();
    if (outcome)
        count_fault(*r->owner, progress);
    return outcome;
}

result<void> address_space::fault(virtual_address address, protection wanted) noexcept {
    if (address >= arch::application_limit)
        return errc::bad_address;
    fault_progress progress;
    for (;;) {
        auto outcome = fault_once(address, wanted, progress);
        if (outcome || outcome.error() != errc::again)
            return outcome;
        if (progress.grow_stack) {
            if (!grow_stack(address))
                return errc::bad_address;
            continue;
        }
        if (progress.fetched)
            release_frame(std::exchange(progress.fetched, nullptr));
        refptr<vm_object> object = std::move(progress.object);
        progress.waited_for_pager |= object->has_pager();
        auto page = object->get_page(progress.page, vm_object::access::read);
        if (page)
            progress.fetched = *page;
        else if (page.error() == errc::invalid_argument)
            return errc::io_error;  // truncated meanwhile
        else
            return page.error();
    }
}

result<pinned_page> address_space::pin(virtual_address address, protection wanted) noexcept {
    for (;;) {
        {
            sync::shared_guard guard{lock_};
            region* r = find(address);
            if (r && rights_suffice(r->access, wanted)) {
                entry_slot* slot = find_slot(root_, address, 1);
                page_table_entry e = slot ? slot->load() : page_table_entry{};
                u64 within = 0;
                if (!e.empty() && !e.large())
                    e = slot_in(e.frame(), address, 0).load();
                else
                    within = align_down(address & (large_page_size - 1), page_size);
                if (!e.empty() && entry_allows(e, wanted)) {
                    frame* f = ram_frame(e.frame());
                    if (try_hold_frame(f))
                        return pinned_page{e.frame() + within, f};
                }
            }
        }
        TRY_VOID(fault(address, wanted));
    }
}

result<void> address_space::populate(virtual_address start, usize bytes) noexcept {
    const virtual_address end = align_up(start + bytes, page_size);
    for (virtual_address at = align_down(start, page_size); at < end;) {
        protection wanted = protection::read;
        {
            sync::shared_guard guard{lock_};
            region_span* s = regions_.ending_above(at);
            if (!s || s->start > at)
                return errc::out_of_memory;
            region& r = *from(s);
            if (r.access == protection::none) {
                at = r.end;
                continue;
            }
            if (allows(r.access, protection::write) && (!r.shared() || !r.object->has_pager()))
                wanted = protection::write;
            entry_slot* slot = find_slot(root_, at, 1);
            page_table_entry e = slot ? slot->load() : page_table_entry{};
            if (!e.empty() && e.large()) {
                at = align_down(at, large_page_size) + large_page_size;
                continue;
            }
            if (!e.empty() && entry_allows(slot_in(e.frame(), at, 0).load(), wanted)) {
                at += page_size;
                continue;
            }
        }
        TRY_VOID(fault(at, wanted));
    }
    return {};
}

}  // namespace osprey::memory

namespace osprey::arch {

using namespace memory;

TRACEPOINT(memory, mmu_vm_fault, trace::address address, bool write, bool execute, bool present);
trap_verdict handle_page_fault(register_frame&, const page_fault& fault) noexcept {
    TRACE(mmu_vm_fault, fault.address, fault.write, fault.execute, fault.present);
    // Kernel addresses never fault, in nobody's name
    sched::thread* self = current_thread();
    if (fault.address >= application_limit || !self || !self->space) {
        if (self)
            self->last_fault_error = errc::bad_address;
        return trap_verdict::unhandled;
    }
    const protection wanted = fault.execute ? protection::execute
                              : fault.write ? protection::write
                                            : protection::read;
    for (;;) {
        auto outcome = self->space->fault(fault.address, wanted);
        if (outcome) [[likely]]
            return trap_verdict::handled;
        self->last_fault_error = outcome.error();
        if (outcome.error() != errc::out_of_memory || !self->is_application())
            return trap_verdict::unhandled;
        // Ends somebody; if that is not this process, there will be memory soon
        report_and_end_largest();
        if (self->killed.load(std::memory_order_acquire))
            return trap_verdict::unhandled;
    }
}

}  // namespace osprey::arch
