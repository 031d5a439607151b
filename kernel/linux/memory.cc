// SPDX-License-Identifier: BSD-3-Clause
//
// mmap(2) and its family.
#include <linux/descriptors.hh>
#include <linux/process_state.hh>
#include <linux/syscalls.hh>
#include <memory/address_space.hh>

namespace osprey::abi {
namespace {

using memory::placement;
using memory::protection;
namespace prot = memory;

memory::address_space& space() noexcept {
    return *sched::current().space;
}

protection protection_of(u64 bits) noexcept {
    auto access = protection::none;
    if (bits & protection_flags::prot_read)
        access = access | protection::read;
    if (bits & protection_flags::prot_write)
        access = access | protection::write;
    if (bits & protection_flags::prot_exec)
        access = access | protection::execute;
    return access;
}

/// How the mapped file is called in /proc/PID/maps.
result<refptr<shared_name>> mapping_name(vfs::file& file) noexcept {
    if (file.opened_as) {
        auto name = TRY(vfs::name_of(file.opened_as, directories().root()));
        return shared_name::create(name.view());
    }
    char text[64];
    return shared_name::create({text, file.describe(text, sizeof text)});
}

/// What a file mapping is made of, with the checks of mmap(2) "EACCES".
result<memory::backing> backing_of(vfs::file& file, bool shared, u64 protection_bits, u64 offset,
                                   u64 bytes) noexcept {
    if (!file.readable())
        return errc::access_denied;
    const bool writes = protection_bits & protection_flags::prot_write;
    if (shared && writes && !file.writable())
        return errc::access_denied;
    memory::backing what;
    auto part = TRY(file.mapping_at(offset, bytes, shared, shared && writes));
    what.object = std::move(part.object);
    what.offset = part.offset;
    what.name = TRY(mapping_name(file));
    // A sealed memfd can be mapped shared, but never made writable by mprotect(2).
    if (shared && (!file.writable() || !file.mapping_at(offset, bytes, shared, true)))
        what.maximum = protection::read | protection::execute;
    return what;
}

result<placement> placement_of(u64 bits, u64 hint) noexcept {
    if (bits & map_flags::map_fixed_noreplace || bits & map_flags::map_fixed) {
        if (!is_aligned(hint, page_size))
            return errc::invalid_argument;
        return bits & map_flags::map_fixed_noreplace ? placement::fixed_no_replace
                                                     : placement::fixed;
    }
    return bits & map_flags::map_32bit ? placement::low_32bit : placement::anywhere;
}

u32 region_flags(u64 bits) noexcept {
    u32 flags = 0;
    if (bits & map_flags::map_shared)
        flags |= memory::region_shared;
    if (bits & map_flags::map_growsdown)
        flags |= memory::region_grows_down;
    if (bits & map_flags::map_stack)
        flags |= memory::region_stack;
    if (bits & map_flags::map_noreserve)
        flags |= memory::region_no_reserve;
    if (bits & map_flags::map_locked)
        flags |= memory::region_locked;
    return flags;
}

/// How much the calling process may lock: RLIMIT_MEMLOCK, for those without CAP_IPC_LOCK.
/// @return `errc::not_permitted` if nothing.
result<u64> lock_limit() noexcept {
    constexpr unsigned cap_ipc_lock = 14;
    proc::process& p = proc::current_process();
    const u64 limit = p.identity.effective >> cap_ipc_lock & 1
                          ? ~u64{0}
                          : p.limits[rlimit_names::rlimit_memlock].soft;
    if (limit == 0)
        return errc::not_permitted;
    p.payer().lock_limit = limit;
    return limit;
}

result<void> range_check(u64 start, u64 bytes) noexcept {
    if (!is_aligned(start, page_size))
        return errc::invalid_argument;
    if (bytes > arch::application_limit || start > arch::application_limit - bytes)
        return errc::out_of_memory;
    return {};
}

}  // namespace

reply calls::mmap(address hint, usize bytes, flags<protection_flags> wanted, flags<map_flags> how,
                  fd_number fd, u64 offset) noexcept {
    if (!is_aligned(offset, page_size))
        return errc::invalid_argument;
    constexpr u64 type_mask = 15;
    const u64 type = how.bits & type_mask;
    if (type == 0 || type > map_flags::map_shared_validate) {
        // Linux looks at what is there before it looks at the type.
        if (!is_aligned(hint.value, page_size) || !how.has(map_flags::map_fixed_noreplace) ||
            how.any(map_flags::map_hugetlb))
            return errc::invalid_argument;
        u8 there;
        return sched::current().space->resident(hint.value, page_size, &there)
                   ? errc::exists
                   : errc::invalid_argument;
    }
    const bool anonymous = how.bits & map_flags::map_anonymous;
    if (anonymous && type == map_flags::map_shared_validate)
        return errc::invalid_argument;
    if (type == map_flags::map_shared_validate)
        TRY_VOID(
            how.only(flags<map_flags>::known() & ~u64{map_flags::map_sync}, errc::not_supported));
    const bool shared = how.bits & map_flags::map_shared;

    memory::backing what;
    if (!anonymous) {
        auto file = TRY(file_of(fd));
        if (bytes == 0)
            return errc::invalid_argument;
        if (how.any(map_flags::map_growsdown))
            return errc::invalid_argument;
        if (how.any(map_flags::map_hugetlb))  // only hugetlbfs has such files
            return errc::invalid_argument;
        if (how.any(map_flags::map_sync) && type != map_flags::map_shared)
            return errc::not_supported;
        what = TRY(backing_of(*file, shared, wanted.bits, offset, bytes));
    } else if (bytes == 0) {
        return errc::invalid_argument;
    }
    if (bytes > arch::application_limit)
        return errc::out_of_memory;
    if (how.any(map_flags::map_locked)) {
        const u64 limit = TRY(lock_limit());
        const u64 pages = proc::current_process().payer().locked_pages.load();
        if (pages + (align_up(bytes, page_size) >> page_shift) > limit >> page_shift)
            return errc::again;
    }
    const u64 end = offset + align_up(bytes, page_size);
    if (end < offset)
        return errc::overflow;
    if (!anonymous && (static_cast<i64>(offset) < 0 || static_cast<i64>(end) < 0))
        return errc::overflow;  // behind the largest file; without a file the offset says nothing
    if (how.bits & map_flags::map_hugetlb) {
        // There is no pool of reserved huge pages, and a Linux without one answers the same.
        report_unsupported(0, "MAP_HUGETLB (transparent huge pages are used)", errc::out_of_memory);
        return errc::out_of_memory;
    }
    if (anonymous && shared)
        what.object = TRY(memory::vm_object::create(align_up(bytes, page_size), nullptr));
    const placement where = TRY(placement_of(how.bits, hint.value));
    const u64 start = where == placement::anywhere ? align_down(hint.value, page_size) : hint.value;

    const process_settings& settings = settings_of(proc::current_process());
    u32 flags = region_flags(how.bits);
    if (settings.lock_future_memory)
        flags |= memory::region_locked;
    const virtual_address at = TRY(space().map(start, bytes, protection_of(wanted.bits), flags,
                                               where, what, proc::current_process().payer()));
    // Like Linux: the mapping stands even when filling it ahead fails.
    if (flags & memory::region_locked ||
        (how.bits & map_flags::map_populate && !(how.bits & map_flags::map_nonblock)))
        (void)space().populate(at, bytes);
    return at;
}

reply calls::munmap(address start, usize bytes) noexcept {
    if (!is_aligned(start.value, page_size) || bytes == 0 || bytes > arch::application_limit ||
        start.value > arch::application_limit - bytes)
        return errc::invalid_argument;
    return space().unmap(start.value, bytes);
}

reply calls::mprotect(address start, usize bytes, flags<protection_flags> wanted) noexcept {
    constexpr u64 growth = protection_flags::prot_growsdown | protection_flags::prot_growsup;
    if (!is_aligned(start.value, page_size) || wanted.has(growth))
        return errc::invalid_argument;
    if (bytes == 0)
        return done;
    if (start.value + align_up(bytes, page_size) <= start.value)
        return errc::out_of_memory;
    if (wanted.bits & ~flags<protection_flags>::known())
        return errc::invalid_argument;
    if (wanted.any(growth)) {
        report_unsupported(0, "PROT_GROWSDOWN/UP", errc::invalid_argument);
        return errc::invalid_argument;
    }
    TRY_VOID(range_check(start.value, bytes));
    return space().protect(start.value, bytes, protection_of(wanted.bits));
}

// Memory protection keys: as on a machine without them (pkeys(7)).
reply calls::pkey_mprotect(address start, usize bytes, flags<protection_flags> wanted,
                           i32 key) noexcept {
    if (key != -1)
        return errc::invalid_argument;
    return mprotect(start, bytes, wanted);
}
reply calls::pkey_alloc(u64 how, u64 rights) noexcept {
    if (how != 0 || rights & ~u64{3})
        return errc::invalid_argument;
    return errc::no_space;
}
reply calls::pkey_free(i32) noexcept {
    return errc::invalid_argument;
}

reply calls::mremap(address old_start, usize old_bytes, usize new_bytes, flags<mremap_flags> how,
                    address new_start) noexcept {
    if (how.bits & ~flags<mremap_flags>::known())
        return errc::invalid_argument;
    if (how.any(mremap_flags::mremap_fixed | mremap_flags::mremap_dontunmap) &&
        !how.has(mremap_flags::mremap_maymove))
        return errc::invalid_argument;
    if (how.has(mremap_flags::mremap_dontunmap) && old_bytes != new_bytes)
        return errc::invalid_argument;
    if (!is_aligned(old_start.value, page_size) || align_up(new_bytes, page_size) == 0)
        return errc::invalid_argument;
    return space().remap(old_start.value, old_bytes, new_bytes, static_cast<u32>(how.bits),
                         new_start.value);
}

reply calls::madvise(address start, usize bytes, choice<madvise_values> advice) noexcept {
    bool named = false;
    for (const value_name& n : madvise_values::names)
        named |= n.value == static_cast<u32>(advice.value());
    if (!named)
        return advice.unknown();
    if (!is_aligned(start.value, page_size))
        return errc::invalid_argument;
    const u64 rounded = align_up(bytes, page_size);
    if ((bytes && !rounded) || start.value + rounded < start.value)
        return errc::invalid_argument;
    if (rounded == 0)
        return done;
    return space().advise(start.value, rounded, advice.value());
}

reply calls::brk(address end) noexcept {
    return proc::set_break(end.value);
}

reply calls::msync(address start, usize bytes, flags<msync_flags> how) noexcept {
    if (how.bits & ~flags<msync_flags>::known() || !is_aligned(start.value, page_size) ||
        how.has(msync_flags::ms_async | msync_flags::ms_sync))
        return errc::invalid_argument;
    const u64 rounded = align_up(bytes, page_size);
    if (start.value + rounded < start.value)
        return errc::out_of_memory;
    if (rounded == 0)
        return done;
    return space().synchronize(start.value, rounded, static_cast<int>(how.bits));
}

reply calls::mincore(address start, usize bytes, address vector) noexcept {
    if (!is_aligned(start.value, page_size))
        return errc::invalid_argument;
    if (!memory::is_application_range(start.value, bytes))
        return errc::out_of_memory;
    u64 pages = align_up(bytes, page_size) >> page_shift;
    if (!memory::is_application_range(vector.value, pages))
        return errc::bad_address;
    u8 part[256];
    for (u64 done_pages = 0; done_pages < pages;) {
        const u64 n = pages - done_pages < sizeof part ? pages - done_pages : sizeof part;
        TRY_VOID(space().resident(start.value + (done_pages << page_shift), n << page_shift, part));
        TRY_VOID(memory::copy_to_user(vector.value + done_pages, part, n));
        done_pages += n;
    }
    return done;
}

reply calls::mlock(address start, usize bytes) noexcept {
    return mlock2(start, bytes, {0});
}

reply calls::mlock2(address start, usize bytes, flags<mlock2_flags> how) noexcept {
    if (how.bits & ~flags<mlock2_flags>::known())
        return errc::invalid_argument;
    const u64 first = align_down(start.value, page_size);
    const u64 size = align_up(bytes + (start.value - first), page_size);
    if (first + size < first)
        return errc::invalid_argument;
    (void)TRY(lock_limit());
    if (size == 0)
        return done;
    return space().lock_pages(first, size, true);
}

reply calls::munlock(address start, usize bytes) noexcept {
    const u64 first = align_down(start.value, page_size);
    const u64 size = align_up(bytes + (start.value - first), page_size);
    if (first + size < first)
        return errc::invalid_argument;
    if (size == 0)
        return done;
    return space().lock_pages(first, size, false);
}

namespace {

/// The next region of the calling process at or after `from`, for walks that must not hold the
/// lock of the address space.
struct region_search {
    virtual_address from;
    memory::account* owner;
    virtual_address start = 0, end = 0;
};
bool next_own_region(region_search& search) noexcept {
    search.end = 0;
    space().for_each_region(
        [](const memory::region_view& r, void* context) {
            auto& s = *static_cast<region_search*>(context);
            if (r.owner != s.owner || r.end <= s.from || r.access == protection::none)
                return true;
            s.start = r.start, s.end = r.end;
            return false;
        },
        &search);
    return search.end != 0;
}

void lock_everything(bool on) noexcept {
    region_search search{0, &proc::current_process().payer()};
    while (next_own_region(search)) {
        (void)space().lock_pages(search.start, search.end - search.start, on);
        search.from = search.end;
    }
}

}  // namespace

reply calls::mlockall(flags<mlockall_flags> how) noexcept {
    if (how.bits == 0 || how.bits & ~flags<mlockall_flags>::known() ||
        how.bits == mlockall_flags::mcl_onfault)
        return errc::invalid_argument;
    const u64 limit = TRY(lock_limit());
    const u64 pages = proc::current_process().payer().virtual_pages.load();
    if (how.has(mlockall_flags::mcl_current) && pages > limit >> page_shift)
        return errc::out_of_memory;
    process_settings& settings = settings_of(proc::current_process());
    settings.lock_future_memory = how.has(mlockall_flags::mcl_future);
    if (how.has(mlockall_flags::mcl_current))
        lock_everything(true);
    return done;
}

reply calls::munlockall() noexcept {
    settings_of(proc::current_process()).lock_future_memory = false;
    lock_everything(false);
    return done;
}

reply calls::remap_file_pages(address, usize, u64, u64, u64) noexcept {
    // Deprecated since Linux 3.16 and emulated there; no package of Debian 12 calls it.
    report_unsupported(0, "remap_file_pages", errc::invalid_argument);
    return errc::invalid_argument;
}

}  // namespace osprey::abi
