// SPDX-License-Identifier: BSD-3-Clause
// What /proc/PID tells about memory: maps, smaps, smaps_rollup, oom and page faults (proc(5)).
#include <process/procfs/procfs.hh>

namespace osprey::proc {

namespace {

using memory::region_flag;

/// A region as it was when the list was made: text is printed later, without the mapping's lock.
struct region_line {
    virtual_address start, end;
    memory::protection access;
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
            s.failed = !name || !s.lines.push_back(region_line{r.start, r.end, r.access, r.flags,
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

/// The figures of one region or of all. What is private and what shared is told by the mapping's
/// kind: pages are not counted per user, so Pss of shared file pages equals Rss.
struct usage {
    u64 size = 0, resident = 0, private_pages = 0, anonymous = 0, locked = 0;
};

usage usage_of(process& p, const region_line& r) noexcept {
    usage u;
    u.size = (r.end - r.start) / page_size;
    const auto space = p.held(&process::space);
    u.resident = space ? space->resident_pages(p.account, r.start, r.end) : 0;
    const bool shared = r.flags & region_flag::region_shared;
    const bool from_file = r.name.view().starts_with('/');
    u.private_pages = shared || (from_file && !arch::allows(r.access, memory::protection::write))
                          ? 0
                          : u.resident;
    u.anonymous = from_file ? 0 : u.resident;
    u.locked = r.flags & region_flag::region_locked ? u.resident : 0;
    return u;
}

result<void> print_usage(const usage& u, string& out) noexcept {
    const u64 shared = u.resident - u.private_pages;
    TRY_VOID(print(out,
                   "Rss:            {:8} kB\nPss:            {:8} kB\nPss_Dirty:      {:8} kB\n"
                   "Shared_Clean:   {:8} kB\nShared_Dirty:          0 kB\n"
                   "Private_Clean:         0 kB\nPrivate_Dirty:  {:8} kB\n",
                   kb(u.resident), kb(u.resident), kb(u.private_pages), kb(shared),
                   kb(u.private_pages)));
    return print(out,
                 "Referenced:     {:8} kB\nAnonymous:      {:8} kB\nLazyFree:              0 kB\n"
                 "AnonHugePages:         0 kB\nShmemPmdMapped:        0 kB\n"
                 "FilePmdMapped:         0 kB\nShared_Hugetlb:        0 kB\n"
                 "Private_Hugetlb:       0 kB\nSwap:                  0 kB\n"
                 "SwapPss:               0 kB\nLocked:         {:8} kB\n",
                 kb(u.resident), kb(u.anonymous), kb(u.locked));
}

result<void> show_smaps(const subject& of, string& out) noexcept {
    auto p = TRY(of.find());
    const vector<region_line> lines = TRY(regions_of(*p));
    for (const region_line& r : lines) {
        TRY_VOID(print_region(*p, r, out));
        const usage u = usage_of(*p, r);
        TRY_VOID(print(out,
                       "Size:           {:8} kB\nKernelPageSize:        4 kB\n"
                       "MMUPageSize:           4 kB\n",
                       kb(u.size)));
        TRY_VOID(print_usage(u, out));
        TRY_VOID(print(out, "THPeligible:    {}\nVmFlags:{}{}{}{} mr mw me ac\n",
                       r.flags & region_flag::region_no_huge ? 0 : 1,
                       arch::allows(r.access, memory::protection::read) ? " rd" : "",
                       arch::allows(r.access, memory::protection::write) ? " wr" : "",
                       arch::allows(r.access, memory::protection::execute) ? " ex" : "",
                       r.flags & region_flag::region_shared ? " sh" : ""));
    }
    return ok;
}

result<void> show_smaps_rollup(const subject& of, string& out) noexcept {
    auto p = TRY(of.find());
    const vector<region_line> lines = TRY(regions_of(*p));
    usage sum;
    for (const region_line& r : lines) {
        const usage u = usage_of(*p, r);
        sum.resident += u.resident, sum.private_pages += u.private_pages;
        sum.anonymous += u.anonymous, sum.locked += u.locked;
    }
    const virtual_address first = lines.empty() ? 0 : lines.front().start;
    const virtual_address last = lines.empty() ? 0 : lines.back().end;
    TRY_VOID(print(out, "{:08x}-{:08x} ---p 00000000 00:00 0                          [rollup]\n",
                   first, last));
    return print_usage(sum, out);
}

constexpr subject_file files[] = {
    {"maps", 0444, show_maps},
    {"smaps", 0444, show_smaps},
    {"smaps_rollup", 0444, show_smaps_rollup},
};

}  // namespace

std::span<const subject_file> memory_files() noexcept {
    return files;
}

}  // namespace osprey::proc
