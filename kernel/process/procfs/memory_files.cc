// SPDX-License-Identifier: BSD-3-Clause
// What /proc/PID tells about memory: maps, smaps, smaps_rollup, numa_maps (proc(5)).
#include <process/procfs/procfs.hh>

namespace osprey::proc {

namespace {

using memory::region_flag;

/// A region as it was when the list was made: text is printed later, without the mapping's lock.
struct region_line {
    virtual_address start, end;
    memory::protection access, maximum;
    u32 flags;
    u64 offset;
    string name;
};

result<vector<region_line>> regions_of(process& p) noexcept {
    struct state {
        vector<region_line> lines;
        memory::account* owner;
        bool failed = false;
    } all{{}, &p.account};
    refptr<memory::address_space> space = p.held(&process::space);
    if (!space)
        return std::move(all.lines);  // a zombie has no memory
    space->for_each_region(
        [](const memory::region_view& r, void* context) {
            auto& s = *static_cast<state*>(context);
            if (r.owner != s.owner)
                return true;
            auto name = string::copy_of(r.name);
            s.failed = !name ||
                       !s.lines.push_back(region_line{r.start, r.end, r.access, r.maximum, r.flags,
                                                      r.offset, std::move(name.value())});
            return !s.failed;
        },
        &all);
    if (all.failed)
        return errc::out_of_memory;
    return std::move(all.lines);
}

std::string_view name_of(const region_line& r) noexcept {
    if (!r.name.empty())
        return r.name.view();
    if (r.flags & region_flag::region_heap)
        return "[heap]";
    if (r.flags & region_flag::region_stack)
        return "[stack]";
    if (r.flags & region_flag::region_vdso)
        return "[vdso]";
    if (r.flags & region_flag::region_shared)
        return "/dev/zero (deleted)";  // shared anonymous memory
    return {};
}

result<void> print_region(process& p, const region_line& r, string& out) noexcept {
    const auto letter = [&r](memory::protection wanted, char c) noexcept {
        return arch::allows(r.access, wanted) ? c : '-';
    };
    vfs::attributes facts;
    const auto directories = p.held(&process::directories);
    if (r.name.view().starts_with('/') && directories)
        if (auto found = vfs::resolve(*directories, {}, r.name.view(), 0))
            if (auto told = vfs::get_attributes(found.value()))
                facts = told.value();
    const usize before = out.size();
    TRY_VOID(print(out, "{:08x}-{:08x} {}{}{}{} {:08x} {:02x}:{:02x} {}", r.start, r.end,
                   letter(memory::protection::read, 'r'), letter(memory::protection::write, 'w'),
                   letter(memory::protection::execute, 'x'),
                   r.flags & region_flag::region_shared ? 's' : 'p', r.offset, facts.device.major,
                   facts.device.minor, facts.inode));
    if (const std::string_view name = name_of(r); !name.empty()) {
        // Linux pads to column 73 before the name
        do
            TRY_VOID(out.push_back(' '));
        while (out.size() - before < 73);
        TRY_VOID(out.append(name));
    }
    return out.push_back('\n');
}

result<void> show_maps(const subject& of, string& out) noexcept {
    auto p = TRY(of.find());
    const vector<region_line> lines = TRY(regions_of(*p));
    for (const region_line& r : lines)
        TRY_VOID(print_region(*p, r, out));
    return ok;
}

constexpr u64 kb(u64 pages) noexcept {
    return pages * (page_size / 1024);
}

using memory::region_usage;

/// What the page table says of a region. Pages are not counted per program: one that several have
/// is shared out by the references to it, whoever holds them.
struct usage {
    region_usage pages;
    u64 locked = 0;
    usage(process& p, const region_line& r) noexcept {
        if (const auto space = p.held(&process::space))
            pages = space->usage(r.start, r.end);
        locked = r.flags & region_flag::region_locked ? pages.proportional : 0;
    }
    usage() noexcept = default;
    usage& operator+=(const usage& more) noexcept {
        pages.resident += more.pages.resident;
        pages.shared_clean += more.pages.shared_clean,
            pages.shared_dirty += more.pages.shared_dirty;
        pages.private_clean += more.pages.private_clean;
        pages.private_dirty += more.pages.private_dirty;
        pages.referenced += more.pages.referenced, pages.anonymous += more.pages.anonymous;
        pages.huge += more.pages.huge, pages.proportional += more.pages.proportional;
        locked += more.locked;
        return *this;
    }
};

result<void> print_usage(const usage& u, string& out) noexcept {
    const region_usage& p = u.pages;
    TRY_VOID(print(out,
                   "Rss:            {:8} kB\nPss:            {:8} kB\nPss_Dirty:      {:8} kB\n"
                   "Shared_Clean:   {:8} kB\nShared_Dirty:   {:8} kB\n"
                   "Private_Clean:  {:8} kB\nPrivate_Dirty:  {:8} kB\n",
                   kb(p.resident), kb(p.proportional), kb(p.private_dirty), kb(p.shared_clean),
                   kb(p.shared_dirty), kb(p.private_clean), kb(p.private_dirty)));
    return print(out,
                 "Referenced:     {:8} kB\nAnonymous:      {:8} kB\nLazyFree:              0 kB\n"
                 "AnonHugePages:  {:8} kB\nShmemPmdMapped:        0 kB\n"
                 "FilePmdMapped:         0 kB\nShared_Hugetlb:        0 kB\n"
                 "Private_Hugetlb:       0 kB\nSwap:                  0 kB\n"
                 "SwapPss:               0 kB\nLocked:         {:8} kB\n",
                 kb(p.referenced), kb(p.anonymous), kb(p.huge), kb(u.locked));
}

/// Two letters for each property, as Linux's show_smap_vma_flags names them.
result<void> print_flags(const region_line& r, string& out) noexcept {
    using memory::protection;
    const bool shared = r.flags & region_flag::region_shared;
    const struct {
        bool holds;
        const char* name;
    } letters[] = {
        {arch::allows(r.access, protection::read), "rd"},
        {arch::allows(r.access, protection::write), "wr"},
        {arch::allows(r.access, protection::execute), "ex"},
        {shared, "sh"},
        {arch::allows(r.maximum, protection::read), "mr"},
        {arch::allows(r.maximum, protection::write), "mw"},
        {arch::allows(r.maximum, protection::execute), "me"},
        {shared, "ms"},
        {(r.flags & region_flag::region_grows_down) != 0, "gd"},
        {(r.flags & region_flag::region_locked) != 0, "lo"},
        {(r.flags & region_flag::region_dont_fork) != 0, "dc"},
        {!shared && arch::allows(r.access, protection::write), "ac"},
        {(r.flags & region_flag::region_no_reserve) != 0, "nr"},
        {(r.flags & region_flag::region_wipe_on_fork) != 0, "wf"},
        {(r.flags & region_flag::region_dont_dump) != 0, "dd"},
        {(r.flags & region_flag::region_huge) != 0, "hg"},
        {(r.flags & region_flag::region_no_huge) != 0, "nh"},
    };
    TRY_VOID(out.append("VmFlags:"));
    for (const auto& l : letters)
        if (l.holds)
            TRY_VOID(print(out, " {}", l.name));
    return out.append(" \n");
}

result<void> show_smaps(const subject& of, string& out) noexcept {
    auto p = TRY(of.find());
    const vector<region_line> lines = TRY(regions_of(*p));
    for (const region_line& r : lines) {
        TRY_VOID(print_region(*p, r, out));
        TRY_VOID(print(out,
                       "Size:           {:8} kB\nKernelPageSize:        4 kB\n"
                       "MMUPageSize:           4 kB\n",
                       (r.end - r.start) / 1024));
        TRY_VOID(print_usage(usage{*p, r}, out));
        constexpr u32 never_huge = region_flag::region_no_huge | region_flag::region_stack;
        TRY_VOID(print(
            out, "THPeligible:    {}\n",
            !r.name.empty() || r.flags & never_huge || r.end - r.start < large_page_size ? 0 : 1));
        TRY_VOID(print_flags(r, out));
    }
    return ok;
}

result<void> show_smaps_rollup(const subject& of, string& out) noexcept {
    auto p = TRY(of.find());
    const vector<region_line> lines = TRY(regions_of(*p));
    usage sum;
    for (const region_line& r : lines)
        sum += usage{*p, r};
    const virtual_address first = lines.empty() ? 0 : lines.front().start;
    const virtual_address last = lines.empty() ? 0 : lines.back().end;
    TRY_VOID(print(out, "{:08x}-{:08x} ---p 00000000 00:00 0                          [rollup]\n",
                   first, last));
    return print_usage(sum, out);
}

/// Where each region's pages are: all on the one node (numa(7)).
result<void> show_numa_maps(const subject& of, string& out) noexcept {
    auto p = TRY(of.find());
    const vector<region_line> lines = TRY(regions_of(*p));
    for (const region_line& r : lines) {
        const region_usage u = usage{*p, r}.pages;
        TRY_VOID(print(out, "{:08x} default", r.start));
        if (const std::string_view name = name_of(r); name.starts_with('/'))
            TRY_VOID(print(out, " file={}", name));
        else if (r.flags & region_flag::region_heap)
            TRY_VOID(out.append(" heap"));
        else if (r.flags & region_flag::region_stack)
            TRY_VOID(out.append(" stack"));
        if (u.anonymous)
            TRY_VOID(print(out, " anon={}", u.anonymous));
        if (u.private_dirty + u.shared_dirty)
            TRY_VOID(print(out, " dirty={}", u.private_dirty + u.shared_dirty));
        if (const u64 mapped = u.resident - u.anonymous)
            TRY_VOID(print(out, " mapped={}", mapped));
        if (u.resident)
            TRY_VOID(print(out, " N0={}", u.resident));
        TRY_VOID(print(out, " kernelpagesize_kB=4\n"));
    }
    return ok;
}

constexpr subject_file files[] = {
    {"maps", 0444, show_maps},
    {"numa_maps", 0444, show_numa_maps},
    {"smaps", 0444, show_smaps},
    {"smaps_rollup", 0444, show_smaps_rollup},
};

}  // namespace

std::span<const subject_file> memory_files() noexcept {
    return files;
}

}  // namespace osprey::proc
