// SPDX-License-Identifier: BSD-3-Clause
// What /proc/PID tells about identity, state, signals and time (proc(5)).
#include <process/procfs/procfs.hh>

namespace osprey::proc {

namespace {

constexpr u64 tick_ns = 10'000'000;  // USER_HZ is 100

/// The state letter of ps(1).
char state_letter(process& p, task* t) noexcept {
    if (p.is_zombie())
        return 'Z';
    if (p.stopped.load(std::memory_order_relaxed))
        return 'T';
    if (!t)
        return 'X';
    switch (t->state()) {
        case sched::thread_state::waiting:
            return 'S';
        case sched::thread_state::finished:
            return 'X';
        default:
            return 'R';
    }
}

std::string_view state_name(char letter) noexcept {
    switch (letter) {
        case 'R':
            return "running";
        case 'S':
            return "sleeping";
        case 'T':
            return "stopped";
        case 'Z':
            return "zombie";
        default:
            return "dead";
    }
}

u64 cpu_time_of(process& p) noexcept {
    u64 sum =
        p.user_ns.load(std::memory_order_relaxed) + p.system_ns.load(std::memory_order_relaxed);
    p.for_each_task(
        [](task& t, void* context) {
            *static_cast<u64*>(context) += t.cpu_time_ns();
            return true;
        },
        &sum);
    return sum;
}

struct action_masks {
    u64 ignored = 0, caught = 0;
};
action_masks masks_of(process& p) noexcept {
    action_masks masks;
    sync::lock_guard guard{p.mutex};
    for (unsigned i = 0; i < signal_count; ++i) {
        if (p.actions[i].handler == 1)
            masks.ignored |= u64{1} << i;
        else if (p.actions[i].handler != 0)
            masks.caught |= u64{1} << i;
    }
    return masks;
}

result<void> show_cmdline(const subject& of, string& out) noexcept {
    auto p = TRY(of.find());
    return out.append(p->command_line.view());
}

result<void> show_environ(const subject& of, string& out) noexcept {
    auto p = TRY(of.find());
    return out.append(p->environment.view());
}

result<void> show_comm(const subject& of, string& out) noexcept {
    auto t = TRY(of.find_thread());
    TRY_VOID(out.append(t->name()));
    return out.push_back('\n');
}

result<void> store_comm(const subject& of, std::string_view text) noexcept {
    auto t = TRY(of.find_thread());
    t->set_name(text.substr(0, text.find('\n')));
    return ok;
}

result<void> show_auxv(const subject& of, string& out) noexcept {
    auto p = TRY(of.find());
    usize words = 0;
    while (words + 2 < std::size(p->auxiliary_vector) && p->auxiliary_vector[words] != 0)
        words += 2;
    return out.append({reinterpret_cast<const char*>(p->auxiliary_vector), (words + 2) * 8});
}

result<void> show_stat(const subject& of, string& out) noexcept {
    auto p = TRY(of.find());
    auto found = of.find_thread();
    task* t = found ? found.value().get() : nullptr;
    const action_masks masks = masks_of(*p);
    const sched::scheduling how = t ? t->get_scheduling() : sched::scheduling{};
    const bool real_time =
        how.kind == sched::policy::fifo || how.kind == sched::policy::round_robin;
    const memory::account& a = p->account;
    TRY_VOID(print(out, "{} ({}) {} {} {} {} 0 -1 4194304 {} 0 {} 0 {} {} {} {} ", of.tid,
                   t ? t->name() : std::string_view{}, state_letter(*p, t), p->parent_pid(),
                   p->process_group.load(), p->session.load(), a.minor_faults.load(),
                   a.major_faults.load(), cpu_time_of(*p) / tick_ns, u64{0},
                   p->children_user_ns.load() / tick_ns, p->children_system_ns.load() / tick_ns));
    TRY_VOID(print(
        out, "{} {} {} 0 {} {} {} {} {} {} {} 0 0 ", real_time ? -1 - how.priority : 20 + how.nice,
        how.nice, p->task_count.load(), p->started.ns / tick_ns, a.virtual_pages.load() * page_size,
        a.resident_pages.load(), p->limits[5].soft, p->code_start, p->code_end, p->stack_start));
    TRY_VOID(print(out, "{} {} {} {} 0 0 0 {} {} {} {} 0 0 0 ", p->pending.pending().bits(),
                   t ? t->blocked.bits() : 0, masks.ignored, masks.caught, p->exit_signal.load(),
                   t ? t->cpu() : 0, real_time ? how.priority : u8{0},
                   static_cast<unsigned>(how.kind)));
    return print(out, "0 0 {} {} {} {} {} {}\n", p->brk_start, p->arguments_start, p->arguments_end,
                 p->environment_start, p->environment_end, p->status.raw);
}

result<void> show_statm(const subject& of, string& out) noexcept {
    auto p = TRY(of.find());
    const memory::account& a = p->account;
    return print(out, "{} {} 0 {} 0 {} 0\n", a.virtual_pages.load(), a.resident_pages.load(),
                 (p->code_end - p->code_start) / page_size, a.data_pages.load());
}

result<void> print_cpu_masks(string& out, const cpu_mask& allowed) noexcept {
    TRY_VOID(out.append("Cpus_allowed:\t"));
    const u32 count = arch::cpu_count();
    for (u32 word = (count - 1) / 32 + 1; word-- > 0;) {
        u32 bits = static_cast<u32>(allowed.words()[word / 2] >> word % 2 * 32);
        if (word == count / 32 && count % 32 != 0)
            bits &= (u32{1} << count % 32) - 1;
        TRY_VOID(print(out, "{:x}", bits));
        if (word != 0)
            TRY_VOID(out.push_back(','));
    }
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

result<void> show_status(const subject& of, string& out) noexcept {
    constexpr u64 kb = page_size / 1024;
    auto p = TRY(of.find());
    auto found = of.find_thread();
    task* t = found ? found.value().get() : nullptr;
    const char letter = state_letter(*p, t);
    const action_masks masks = masks_of(*p);
    const credentials& id = p->identity;
    const memory::account& a = p->account;
    const auto directories = p->held(&process::directories);
    const auto descriptors = p->held(&process::descriptors);
    TRY_VOID(print(out, "Name:\t{}\nUmask:\t{:04o}\nState:\t{} ({})\nTgid:\t{}\nNgid:\t0\n",
                   t ? t->name() : std::string_view{},
                   directories ? directories->umask.load() : 022, letter, state_name(letter),
                   of.pid));
    TRY_VOID(print(out, "Pid:\t{}\nPPid:\t{}\nTracerPid:\t0\n", of.tid, p->parent_pid()));
    TRY_VOID(print(out, "Uid:\t{}\t{}\t{}\t{}\nGid:\t{}\t{}\t{}\t{}\n", id.uid, id.euid, id.suid,
                   id.fsuid, id.gid, id.egid, id.sgid, id.fsgid));
    TRY_VOID(print(out, "FDSize:\t{}\nGroups:\t", descriptors ? descriptors->open_count() : 0));
    for (u32 i = 0; i < id.group_count; ++i)
        TRY_VOID(print(out, "{} ", id.groups[i]));
    TRY_VOID(print(out, "\nNStgid:\t{}\nNSpid:\t{}\nNSpgid:\t{}\nNSsid:\t{}\n", of.pid, of.tid,
                   p->process_group.load(), p->session.load()));
    TRY_VOID(print(out,
                   "VmPeak:\t{:8} kB\nVmSize:\t{:8} kB\nVmLck:\t{:8} kB\nVmPin:\t       0 kB\n"
                   "VmHWM:\t{:8} kB\nVmRSS:\t{:8} kB\n",
                   a.peak_virtual.load() * kb, a.virtual_pages.load() * kb,
                   a.locked_pages.load() * kb, a.peak_resident.load() * kb,
                   a.resident_pages.load() * kb));
    TRY_VOID(print(out,
                   "VmData:\t{:8} kB\nVmStk:\t{:8} kB\nVmExe:\t{:8} kB\nVmSwap:\t       0 kB\n",
                   a.data_pages.load() * kb, u64{132}, (p->code_end - p->code_start) / 1024));
    TRY_VOID(print(out,
                   "Threads:\t{}\nSigQ:\t0/7680\nSigPnd:\t{:016x}\nShdPnd:\t{:016x}\n"
                   "SigBlk:\t{:016x}\nSigIgn:\t{:016x}\nSigCgt:\t{:016x}\n",
                   p->task_count.load(), t ? t->pending.pending().bits() : 0,
                   p->pending.pending().bits(), t ? t->blocked.bits() : 0, masks.ignored,
                   masks.caught));
    TRY_VOID(print(out,
                   "CapInh:\t{:016x}\nCapPrm:\t{:016x}\nCapEff:\t{:016x}\nCapBnd:\t{:016x}\n"
                   "CapAmb:\t{:016x}\nNoNewPrivs:\t{}\nSeccomp:\t0\n",
                   id.inheritable, id.permitted, id.effective, id.bounding, id.ambient,
                   p->settings.no_new_privileges.load() ? 1 : 0));
    TRY_VOID(print_cpu_masks(out, t ? t->affinity() : cpu_mask::all()));
    const sched::thread_statistics s = t ? t->statistics() : sched::thread_statistics{};
    return print(out,
                 "Mems_allowed:\t1\nMems_allowed_list:\t0\nvoluntary_ctxt_switches:\t{}\n"
                 "nonvoluntary_ctxt_switches:\t{}\n",
                 s.switches - s.preemptions, s.preemptions);
}

result<void> show_limits(const subject& of, string& out) noexcept {
    static constexpr struct {
        std::string_view name, unit;
        unsigned index;
    } rows[] = {
        {"Max cpu time             ", "seconds", 0},   {"Max file size            ", "bytes", 1},
        {"Max data size            ", "bytes", 2},     {"Max stack size           ", "bytes", 3},
        {"Max core file size       ", "bytes", 4},     {"Max resident set         ", "bytes", 5},
        {"Max processes            ", "processes", 6}, {"Max open files           ", "files", 7},
        {"Max locked memory        ", "bytes", 8},     {"Max address space        ", "bytes", 9},
        {"Max file locks           ", "locks", 10},    {"Max pending signals      ", "signals", 11},
        {"Max msgqueue size        ", "bytes", 12},    {"Max nice priority        ", "", 13},
        {"Max realtime priority    ", "", 14},         {"Max realtime timeout     ", "us", 15},
    };
    auto p = TRY(of.find());
    TRY_VOID(out.append(
        "Limit                     Soft Limit           Hard Limit           Units     \n"));
    for (const auto& row : rows) {
        TRY_VOID(print(out, "{} ", row.name));
        for (u64 value : {p->limits[row.index].soft, p->limits[row.index].hard}) {
            string text = value == ~u64{0} ? TRY(string::copy_of("unlimited"))
                                           : TRY(string::format("{}", value));
            while (text.size() < 21)
                TRY_VOID(text.push_back(' '));
            TRY_VOID(out.append(text.view()));
        }
        TRY_VOID(print(out, "{}\n", row.unit));
    }
    return ok;
}

result<void> show_sched(const subject& of, string& out) noexcept {
    auto t = TRY(of.find_thread());
    const sched::thread_statistics s = t->statistics();
    return print(out,
                 "{} ({}, #threads: {})\nse.sum_exec_runtime : {}.{:06}\nse.nr_migrations : {}\n"
                 "nr_switches : {}\nnr_involuntary_switches : {}\n",
                 t->name(), t->tid(), t->owner().task_count.load(), t->cpu_time_ns() / 1'000'000,
                 t->cpu_time_ns() % 1'000'000, s.migrations, s.switches, s.preemptions);
}

result<void> show_score(const subject& of, string& out) noexcept {
    TRY_VOID(of.find());
    return out.append("0\n");
}

constexpr subject_file files[] = {
    {"auxv", 0400, show_auxv},
    {"cmdline", 0444, show_cmdline},
    {"comm", 0644, show_comm, store_comm},
    {"environ", 0400, show_environ},
    {"limits", 0444, show_limits},
    {"oom_score", 0444, show_score},
    {"oom_score_adj", 0444, show_score},
    {"sched", 0444, show_sched},
    {"stat", 0444, show_stat},
    {"statm", 0444, show_statm},
    {"status", 0444, show_status},
};

}  // namespace

std::span<const subject_file> status_files() noexcept {
    return files;
}

}  // namespace osprey::proc
