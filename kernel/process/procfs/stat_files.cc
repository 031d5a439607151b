// SPDX-License-Identifier: BSD-3-Clause
// What /proc/PID tells in numbers: stat, statm, io, sched, syscall (proc(5)).
#include <arch/registers.hh>
#include <fs/tty/terminal.hh>
#include <process/procfs/procfs.hh>

namespace osprey::proc {

char state_letter(process& p, task* t) noexcept {
    if (p.is_zombie())
        return 'Z';
    if (!t)
        return 'X';
    switch (t->state()) {
        case sched::thread_state::waiting:
            if (p.stopped.load(std::memory_order_relaxed))
                return 'T';
            return t->waits_uninterruptibly() ? 'D' : 'S';
        case sched::thread_state::finished:
            return 'X';
        default:
            return 'R';
    }
}

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

result<void> append_name(string& out, process& p, task* t) noexcept {
    for (char c : t ? t->name() : std::string_view{p.account.name}) {
        if (c == '\n')
            TRY_VOID(out.append("\\n"));
        else if (c == '\\')
            TRY_VOID(out.append("\\\\"));
        else
            TRY_VOID(out.push_back(c));
    }
    return ok;
}

namespace {

constexpr u64 tick_ns = 10'000'000;  // USER_HZ is 100

/// The process, one thread of it if there is any, and what they used.
struct figures {
    refptr<process> p;
    refptr<task> t;
    resource_use used;

    static result<figures> of(const subject& s) noexcept {
        figures f;
        f.p = TRY(s.find());
        if (auto found = s.find_thread())
            f.t = std::move(found.value());
        f.used = s.what == subject::scope::thread && f.t ? use_of(*f.t) : use_of(*f.p);
        return f;
    }
};

result<void> show_stat(const subject& of, string& out) noexcept {
    const figures f = TRY(figures::of(of));
    process& p = *f.p;
    task* t = f.t.get();
    const bool whole = of.what == subject::scope::process;
    const action_masks masks = masks_of(p);
    const sched::scheduling how = t ? t->get_scheduling() : sched::scheduling{};
    const bool real_time =
        how.kind == sched::policy::fifo || how.kind == sched::policy::round_robin;
    const int urgency = t ? t->real_time_priority() : 0;
    const memory::account& a = p.account;
    const auto ticks = [whole](const std::atomic<u64>& ns) noexcept {
        return whole ? ns.load() / tick_ns : 0;
    };
    TRY_VOID(print(out, "{} (", of.tid));
    TRY_VOID(append_name(out, p, t));
    i32 terminal_number = 0, terminal_group = -1;
    if (auto terminal = p.held(&process::terminal)) {
        terminal_number = static_cast<i32>(encode(terminal->number));
        terminal_group = terminal->foreground.load();
    }
    TRY_VOID(print(out, ") {} {} {} {} {} {} 4194304 ", state_letter(p, t), p.parent_pid(),
                   p.process_group.load(), p.session.load(), terminal_number, terminal_group));
    TRY_VOID(print(out, "{} {} {} {} {} {} {} {} ", f.used.minor_faults,
                   whole ? p.children_minor_faults.load() : 0, f.used.major_faults,
                   whole ? p.children_major_faults.load() : 0, f.used.user_ns / tick_ns,
                   f.used.system_ns / tick_ns, ticks(p.children_user_ns),
                   ticks(p.children_system_ns)));
    const u32 threads = p.task_count.load();
    const instant started = whole || !t ? p.started : t->started;
    TRY_VOID(print(
        out, "{} {} {} 0 {} {} {} {} {} {} {} 0 0 ", urgency ? -1 - urgency : 20 + how.nice,
        how.nice, threads ? threads : 1, started.ns / tick_ns, a.virtual_pages.load() * page_size,
        a.resident_pages.load(), p.limits[5].soft, p.code_start, p.code_end, p.stack_start));
    TRY_VOID(print(out, "{} {} {} {} {} 0 0 {} {} {} {} 0 0 0 ",
                   t ? t->pending.pending().bits() : 0, t ? t->blocked.bits() : 0, masks.ignored,
                   masks.caught, t && t->state() == sched::thread_state::waiting ? 1 : 0,
                   p.exit_signal.load(), t ? t->cpu() : 0, real_time ? how.priority : u8{0},
                   static_cast<unsigned>(how.kind)));
    return print(out, "0 0 {} {} {} {} {} {}\n", p.brk_start, p.arguments_start, p.arguments_end,
                 p.environment_start, p.environment_end, p.is_zombie() ? p.status.raw : 0);
}

result<void> show_statm(const subject& of, string& out) noexcept {
    auto p = TRY(of.find());
    const memory::account& a = p->account;
    return print(out, "{} {} {} {} 0 {} 0\n", a.virtual_pages.load(), a.resident_pages.load(),
                 a.file_pages.load() + a.shared_pages.load(),
                 (p->code_end - p->code_start) / page_size,
                 a.data_pages.load() + a.stack_pages.load());
}

result<void> show_io(const subject& of, string& out) noexcept {
    const figures f = TRY(figures::of(of));
    const io_counters& io = f.used.io;
    TRY_VOID(print(out, "rchar: {}\nwchar: {}\nsyscr: {}\nsyscw: {}\n", io.chars_read,
                   io.chars_written, io.reads, io.writes));
    return print(out, "read_bytes: {}\nwrite_bytes: {}\ncancelled_write_bytes: 0\n",
                 f.used.disk_bytes_read, f.used.disk_bytes_written);
}

/// One line of /proc/PID/sched: the name takes 45 columns.
result<void> print_fact(string& out, std::string_view name, u64 value) noexcept {
    TRY_VOID(out.append(name));
    for (usize i = name.size(); i < 45; ++i)
        TRY_VOID(out.push_back(' '));
    return print(out, ":{:21}\n", value);
}

result<void> show_sched(const subject& of, string& out) noexcept {
    auto t = TRY(of.find_thread());
    const sched::thread_statistics s = t->statistics();
    TRY_VOID(append_name(out, t->owner(), t.get()));
    TRY_VOID(print(out, " ({}, #threads: {})\n", t->tid(), t->owner().task_count.load()));
    TRY_VOID(out.append("-------------------------------------------------------------------\n"));
    TRY_VOID(print(out, "se.sum_exec_runtime                          :{:14}.{:06}\n",
                   s.cpu_time_ns / 1'000'000, s.cpu_time_ns % 1'000'000));
    TRY_VOID(print_fact(out, "se.nr_migrations", s.migrations));
    TRY_VOID(print_fact(out, "nr_switches", s.switches));
    TRY_VOID(print_fact(out, "nr_voluntary_switches", s.switches - s.preemptions));
    TRY_VOID(print_fact(out, "nr_involuntary_switches", s.preemptions));
    const sched::scheduling how = t->get_scheduling();
    const int urgency = t->real_time_priority();
    TRY_VOID(print_fact(out, "policy", static_cast<u64>(how.kind)));
    return print_fact(out, "prio", static_cast<u64>(urgency ? 99 - urgency : 120 + how.nice));
}

/// The registers with which a sleeping thread entered the kernel lie at the top of its stack. They
/// are those of a system call if the thread's history knows them; if not, of a fault.
result<void> show_syscall(const subject& of, string& out) noexcept {
    auto t = TRY(of.find_thread());
    if (t->state() != sched::thread_state::waiting && t.get() != &sched::current())
        return out.append("running\n");
    const auto& frame = reinterpret_cast<const arch::register_frame*>(t->kernel_stack_top())[-1];
    const syscall_record& last = t->last_call();
    const u64 stack = frame.stack_pointer(), at = frame.instruction_pointer();
    if (frame.syscall_number() != last.number || frame.syscall_argument(0) != last.arguments[0] ||
        frame.syscall_argument(1) != last.arguments[1])
        return print(out, "-1 0x{:x} 0x{:x}\n", stack, at);
    TRY_VOID(print(out, "{}", last.number));
    for (unsigned i = 0; i < 6; ++i)
        TRY_VOID(print(out, " 0x{:x}", frame.syscall_argument(i)));
    return print(out, " 0x{:x} 0x{:x}\n", stack, at);
}

constexpr subject_file files[] = {
    {"io", 0400, show_io},       {"sched", 0444, show_sched},     {"stat", 0444, show_stat},
    {"statm", 0444, show_statm}, {"syscall", 0400, show_syscall},
};

}  // namespace

std::span<const subject_file> stat_files() noexcept {
    return files;
}

}  // namespace osprey::proc
