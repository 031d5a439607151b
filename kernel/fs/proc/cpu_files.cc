// SPDX-License-Identifier: BSD-3-Clause
// What /proc tells about CPUs: stat, interrupts, softirqs (proc(5)).
#include <arch/interrupts.hh>
#include <fs/proc/figures.hh>
#include <fs/proc/proc.hh>
#include <sched/clock.hh>
#include <sched/scheduler.hh>

namespace osprey::fs {

namespace {

result<void> print_times(string& out, const sched::cpu_times& t) noexcept {
    // user nice system idle iowait irq softirq steal guest guest_nice. Interrupts count as what
    // they interrupted.
    return print(out, " {} {} {} {} 0 0 0 0 0 0\n", t.user_ns / tick_ns, t.nice_ns / tick_ns,
                 t.system_ns / tick_ns, t.idle_ns / tick_ns);
}

/// Calls `each(source)` until it fails.
template <typename F>
result<void> for_each_source(F&& each) noexcept {
    struct state {
        F& each;
        result<void> outcome;
    } s{each, {}};
    arch::for_each_interrupt(
        [](const arch::interrupt_source& source, void* context) {
            auto& at = *static_cast<state*>(context);
            at.outcome = at.each(source);
            return at.outcome.has_value();
        },
        &s);
    return s.outcome;
}

u64 total_of(const arch::interrupt_source& source) noexcept {
    u64 sum = 0;
    for (u32 cpu = 0; cpu < arch::cpu_count(); ++cpu)
        sum += arch::interrupts_of(source, cpu);
    return sum;
}

result<void> print_interrupts(string& out) noexcept {
    u64 all = 0;
    for (u32 cpu = 0; cpu < arch::cpu_count(); ++cpu)
        all += arch::interrupts_of(cpu);
    TRY_VOID(print(out, "intr {}", all));
    TRY_VOID(for_each_source([&out](const arch::interrupt_source& source) noexcept {
        return source.device ? print(out, " {}", total_of(source)) : result<void>{};
    }));
    return out.push_back('\n');
}

u64 blocked_threads() noexcept {
    u64 count = 0;
    sched::for_each_thread(
        [](sched::thread& t, void* context) {
            if (t.is_application() && t.waits_uninterruptibly())
                ++*static_cast<u64*>(context);
        },
        &count);
    return count;
}

result<void> show_stat(string& out) noexcept {
    sched::cpu_times sum{};
    for (u32 cpu = 0; cpu < arch::cpu_count(); ++cpu) {
        const sched::cpu_times t = sched::times_of(cpu);
        sum.user_ns += t.user_ns, sum.nice_ns += t.nice_ns, sum.system_ns += t.system_ns;
        sum.idle_ns += t.idle_ns, sum.switches += t.switches;
    }
    TRY_VOID(out.append("cpu "));
    TRY_VOID(print_times(out, sum));
    for (u32 cpu = 0; cpu < arch::cpu_count(); ++cpu) {
        TRY_VOID(print(out, "cpu{}", cpu));
        TRY_VOID(print_times(out, sched::times_of(cpu)));
    }
    TRY_VOID(print_interrupts(out));
    const i64 boot = sched::realtime_offset() / 1'000'000'000;
    return print(out,
                 "ctxt {}\nbtime {}\nprocesses {}\nprocs_running {}\nprocs_blocked {}\n"
                 "softirq 0 0 0 0 0 0 0 0 0 0 0\n",
                 sum.switches, boot, sched::threads_started(), sched::ready_threads(),
                 blocked_threads());
}

/// The number by which a device's interrupt is known: vectors belong to CPUs, so both are in it.
u32 number_of(const arch::interrupt_source& source) noexcept {
    return source.cpu * 256 + source.vector;
}

result<void> print_cpu_heading(string& out, std::string_view indent) noexcept {
    TRY_VOID(out.append(indent));
    for (u32 cpu = 0; cpu < arch::cpu_count(); ++cpu) {
        TRY_VOID(print(out, "CPU{}", cpu));
        const usize width = 8 - (cpu > 9) - (cpu > 99);
        for (usize i = 0; i < width - 1; ++i)
            TRY_VOID(out.push_back(' '));
    }
    return out.push_back('\n');
}

result<void> show_interrupts(string& out) noexcept {
    TRY_VOID(print_cpu_heading(out, "           "));
    return for_each_source([&out](const arch::interrupt_source& source) noexcept -> result<void> {
        if (source.device)
            TRY_VOID(print(out, "{:3}:", number_of(source)));
        else
            TRY_VOID(print(out, "{}:", source.label));
        for (u32 cpu = 0; cpu < arch::cpu_count(); ++cpu)
            TRY_VOID(print(out, " {:10}", arch::interrupts_of(source, cpu)));
        if (source.device)
            return print(out, "  {} {}      {}\n", source.controller, source.vector, source.name);
        return print(out, "   {}\n", source.name);
    });
}

/// Interrupts are handled where they come, or wake a thread: there are no soft interrupts to count.
result<void> show_softirqs(string& out) noexcept {
    TRY_VOID(print_cpu_heading(out, "                    "));
    for (std::string_view name :
         {"      HI:", "   TIMER:", "  NET_TX:", "  NET_RX:", "   BLOCK:", "IRQ_POLL:", " TASKLET:",
          "   SCHED:", " HRTIMER:", "     RCU:"}) {
        TRY_VOID(print(out, "   {}", name));
        for (u32 cpu = 0; cpu < arch::cpu_count(); ++cpu)
            TRY_VOID(print(out, " {:10}", u64{0}));
        TRY_VOID(out.push_back('\n'));
    }
    return ok;
}

}  // namespace

result<void> add_cpu_files(synthetic_directory& top) noexcept {
    TRY_VOID(top.file("stat", {show_stat, nullptr}));
    TRY_VOID(top.file("interrupts", {show_interrupts, nullptr}));
    return top.file("softirqs", {show_softirqs, nullptr});
}

}  // namespace osprey::fs
