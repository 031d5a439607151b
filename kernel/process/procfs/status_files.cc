// SPDX-License-Identifier: BSD-3-Clause
// /proc/PID/status (proc(5)).
#include <bit>
#include <process/call_filter.hh>
#include <process/procfs/procfs.hh>

namespace osprey::proc {

namespace {

constexpr u64 page_kb = page_size / 1024;

std::string_view state_name(char letter) noexcept {
    switch (letter) {
        case 'R':
            return "running";
        case 'S':
            return "sleeping";
        case 'D':
            return "disk sleep";
        case 'T':
            return "stopped";
        case 'Z':
            return "zombie";
        default:
            return "dead";
    }
}

/// Hexadecimal words of 32 bits, highest first.
result<void> print_mask(string& out, const u64* words, u32 count) noexcept {
    for (u32 word = (count - 1) / 32 + 1; word-- > 0;) {
        u32 bits = static_cast<u32>(words[word / 2] >> word % 2 * 32);
        if (word == count / 32 && count % 32 != 0)
            bits &= (u32{1} << count % 32) - 1;
        TRY_VOID(word == (count - 1) / 32 ? print(out, "{:x}", bits) : print(out, "{:08x}", bits));
        if (word != 0)
            TRY_VOID(out.push_back(','));
    }
    return ok;
}

result<void> print_cpus(string& out, const cpu_mask& allowed) noexcept {
    const u32 count = arch::cpu_count();
    TRY_VOID(out.append("Cpus_allowed:\t"));
    TRY_VOID(print_mask(out, allowed.words(), count));
    TRY_VOID(out.append("\nCpus_allowed_list:\t"));
    bool first = true;
    for (u32 cpu = 0; cpu < count; ++cpu) {
        if (!allowed.contains(cpu))
            continue;
        u32 last = cpu;
        while (last + 1 < count && allowed.contains(last + 1))
            ++last;
        TRY_VOID(print(out, "{}{}", first ? "" : ",", cpu));
        if (last != cpu)
            TRY_VOID(print(out, "-{}", last));
        first = false;
        cpu = last;
    }
    return out.push_back('\n');
}

result<void> print_identity(string& out, const subject& of, process& p, task* t) noexcept {
    const char letter = state_letter(p, t);
    const credentials& id = p.identity;
    const bool zombie = p.is_zombie();
    TRY_VOID(out.append("Name:\t"));
    TRY_VOID(append_name(out, p, t));
    TRY_VOID(out.push_back('\n'));
    if (const auto directories = p.held(&process::directories); directories && !zombie)
        TRY_VOID(print(out, "Umask:\t{:04o}\n", directories->umask.load()));
    TRY_VOID(
        print(out, "State:\t{} ({})\nTgid:\t{}\nNgid:\t0\n", letter, state_name(letter), of.pid));
    TRY_VOID(print(out, "Pid:\t{}\nPPid:\t{}\nTracerPid:\t0\n", of.tid, p.parent_pid()));
    TRY_VOID(print(out, "Uid:\t{}\t{}\t{}\t{}\nGid:\t{}\t{}\t{}\t{}\n", id.uid, id.euid, id.suid,
                   id.fsuid, id.gid, id.egid, id.sgid, id.fsgid));
    const auto descriptors = p.held(&process::descriptors);
    // Linux's tables begin with 64 places and double
    const usize open = descriptors ? descriptors->open_count() : 0;
    TRY_VOID(print(out, "FDSize:\t{}\nGroups:\t",
                   !descriptors ? 0
                   : open < 64  ? 64
                                : std::bit_ceil(open)));
    for (u32 i = 0; i < id.group_count; ++i)
        TRY_VOID(print(out, "{} ", id.groups[i]));
    return print(out, "{}\nNStgid:\t{}\nNSpid:\t{}\nNSpgid:\t{}\nNSsid:\t{}\n",
                 id.group_count ? "" : " ", of.pid, of.tid, p.process_group.load(),
                 p.session.load());
}

/// Executable memory of files other than the program itself.
u64 library_kb(process& p) noexcept {
    struct sum {
        process& of;
        u64 bytes = 0;
    } s{p};
    if (const auto space = p.held(&process::space))
        space->for_each_region(
            [](const memory::region_view& r, void* context) {
                auto& all = *static_cast<sum*>(context);
                const bool own = r.start >= all.of.code_start && r.start < all.of.code_end;
                if (r.owner == &all.of.account && r.object && !own &&
                    arch::allows(r.access, memory::protection::execute))
                    all.bytes += r.end - r.start;
                return true;
            },
            &s);
    return s.bytes / 1024;
}

result<void> print_memory(string& out, process& p) noexcept {
    const memory::account& a = p.account;
    const auto kb = [](const std::atomic<u64>& pages) noexcept {
        return pages.load(std::memory_order_relaxed) * page_kb;
    };
    const u64 resident = kb(a.resident_pages), files = kb(a.file_pages),
              shared = kb(a.shared_pages);
    TRY_VOID(print(out,
                   "VmPeak:\t{:8} kB\nVmSize:\t{:8} kB\nVmLck:\t{:8} kB\nVmPin:\t       0 kB\n"
                   "VmHWM:\t{:8} kB\nVmRSS:\t{:8} kB\n",
                   kb(a.peak_virtual), kb(a.virtual_pages), kb(a.locked_pages), kb(a.peak_resident),
                   resident));
    TRY_VOID(print(out, "RssAnon:\t{:8} kB\nRssFile:\t{:8} kB\nRssShmem:\t{:8} kB\n",
                   resident > files + shared ? resident - files - shared : 0, files, shared));
    const auto space = p.held(&process::space);
    TRY_VOID(print(out, "VmData:\t{:8} kB\nVmStk:\t{:8} kB\nVmExe:\t{:8} kB\nVmLib:\t{:8} kB\n",
                   kb(a.data_pages), kb(a.stack_pages), (p.code_end - p.code_start) / 1024,
                   library_kb(p)));
    return print(out,
                 "VmPTE:\t{:8} kB\nVmSwap:\t       0 kB\nHugetlbPages:\t       0 kB\n"
                 "CoreDumping:\t0\nTHP_enabled:\t{}\n",
                 space ? space->table_pages() * page_kb : 0,
                 p.settings.huge_pages_off.load() ? 0 : 1);
}

result<void> print_signals(string& out, process& p, task* t) noexcept {
    const action_masks masks = masks_of(p);
    const u64 own = t ? t->pending.pending().bits() : 0, of_all = p.pending.pending().bits();
    TRY_VOID(print(out, "SigQ:\t{}/{}\nSigPnd:\t{:016x}\nShdPnd:\t{:016x}\n",
                   std::popcount(own) + std::popcount(of_all), p.limits[11].soft, own, of_all));
    return print(out, "SigBlk:\t{:016x}\nSigIgn:\t{:016x}\nSigCgt:\t{:016x}\n",
                 t ? t->blocked.bits() : 0, masks.ignored, masks.caught);
}

result<void> show_status(const subject& of, string& out) noexcept {
    auto p = TRY(of.find());
    auto found = of.find_thread();
    task* t = found ? found.value().get() : nullptr;
    TRY_VOID(print_identity(out, of, *p, t));
    if (!p->is_zombie())
        TRY_VOID(print_memory(out, *p));
    const u32 threads = p->task_count.load();
    TRY_VOID(print(out, "Threads:\t{}\n", threads ? threads : 1));
    TRY_VOID(print_signals(out, *p, t));
    const credentials& id = p->identity;
    TRY_VOID(print(out,
                   "CapInh:\t{:016x}\nCapPrm:\t{:016x}\nCapEff:\t{:016x}\nCapBnd:\t{:016x}\n"
                   "CapAmb:\t{:016x}\n",
                   id.inheritable, id.permitted, id.effective, id.bounding, id.ambient));
    const call_filter* filter = t ? t->filter.load(std::memory_order_acquire) : nullptr;
    const unsigned mode = t && t->strictly_confined ? 1 : filter ? 2 : 0;
    TRY_VOID(print(out, "NoNewPrivs:\t{}\nSeccomp:\t{}\nSeccomp_filters:\t{}\n",
                   p->settings.no_new_privileges.load() ? 1 : 0, mode,
                   filter ? filter->depth() : 0));
    TRY_VOID(print_cpus(out, t ? t->affinity() : cpu_mask::all()));
    const resource_use u = t ? use_of(*t) : use_of(*p);
    return print(out,
                 "Mems_allowed:\t1\nMems_allowed_list:\t0\nvoluntary_ctxt_switches:\t{}\n"
                 "nonvoluntary_ctxt_switches:\t{}\n",
                 u.voluntary_switches, u.involuntary_switches);
}

constexpr subject_file files[] = {{"status", 0444, show_status}};

}  // namespace

std::span<const subject_file> status_files() noexcept {
    return files;
}

}  // namespace osprey::proc
