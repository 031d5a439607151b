// SPDX-License-Identifier: BSD-3-Clause
// The system as a whole in the formats of proc(5): version, uptime, load.
#include <arch/backtrace.hh>
#include <arch/cpu_description.hh>
#include <base/system_name.hh>
#include <fs/proc/figures.hh>
#include <fs/proc/proc.hh>
#include <sched/clock.hh>
#include <sched/scheduler.hh>

namespace osprey::fs {

namespace {

constinit std::string_view command_line_text;

/// A sink that remembers whether memory ran out.
struct string_sink final : text_sink {
    explicit string_sink(string& s) noexcept : to{s} {}
    void append(std::string_view text) noexcept override {
        if (!to.append(text))
            failed = true;
    }
    string& to;
    bool failed = false;
};

result<void> show_cmdline(string& out) noexcept {
    TRY_VOID(out.append(command_line_text));
    return out.push_back('\n');
}

result<void> show_cpuinfo(string& out) noexcept {
    string_sink sink{out};
    for (u32 cpu = 0; cpu < arch::cpu_count(); ++cpu)
        arch::describe_cpu(sink, cpu);
    return sink.failed ? result<void>{errc::out_of_memory} : ok;
}

result<void> show_loadavg(string& out) noexcept {
    u32 load[3];
    sched::load_average(load);
    for (u32 l : load)  // fixed point with 11 fraction bits, as sched(7) keeps it
        TRY_VOID(print(out, "{}.{:02} ", l >> 11, (l & 2047) * 100 >> 11));
    u32 threads = 0, last = 0;
    struct tally {
        u32 count, last;
    } seen{};
    sched::for_each_thread(
        [](sched::thread& t, void* context) {
            auto& s = *static_cast<tally*>(context);
            ++s.count;
            s.last = t.id() > s.last ? t.id() : s.last;
        },
        &seen);
    threads = seen.count, last = seen.last;
    return print(out, "{}/{} {}\n", sched::ready_threads(), threads, last);
}

result<void> show_uptime(string& out) noexcept {
    u64 idle = 0;
    for (u32 cpu = 0; cpu < arch::cpu_count(); ++cpu)
        idle += sched::times_of(cpu).idle_ns;
    const u64 now = sched::monotonic_now().ns;
    return print(out, "{}.{:02} {}.{:02}\n", now / 1'000'000'000, now / tick_ns % 100,
                 idle / 1'000'000'000, idle / tick_ns % 100);
}

/// Which controllers there are, all in the unified hierarchy (cgroups(7)): fs/cgroup.
result<void> show_cgroups(string& out) noexcept {
    TRY_VOID(out.append("#subsys_name\thierarchy\tnum_cgroups\tenabled\n"));
    for (std::string_view name : {"cpuset", "cpu", "cpuacct", "blkio", "memory", "pids"})
        TRY_VOID(print(out, "{}\t0\t1\t1\n", name));
    return ok;
}

result<void> show_kallsyms(string& out) noexcept {
    struct listing {
        string& out;
        result<void> outcome;
    } list{out, ok};
    arch::for_each_symbol(
        [](virtual_address address, std::string_view name, void* context) {
            auto& list = *static_cast<listing*>(context);
            list.outcome = print(list.out, "{:016x} T {}\n", address, name);
            return list.outcome.has_value();
        },
        &list);
    return list.outcome;
}

/// The kernel is one piece.
result<void> show_nothing(string&) noexcept {
    return ok;
}

result<void> show_version(string& out) noexcept {
    return print(out, "{} version {} (osprey@osprey) {}\n", system_name::system,
                 system_name::release, system_name::version);
}

}  // namespace

void set_proc_command_line(std::string_view text) noexcept {
    command_line_text = text;
}

result<void> add_system_files(synthetic_directory& top) noexcept {
    const struct {
        std::string_view name;
        result<void> (*show)(string&) noexcept;
    } files[] = {
        {"cgroups", show_cgroups},   {"cmdline", show_cmdline}, {"cpuinfo", show_cpuinfo},
        {"kallsyms", show_kallsyms}, {"loadavg", show_loadavg}, {"modules", show_nothing},
        {"uptime", show_uptime},     {"version", show_version},
    };
    for (const auto& f : files)
        TRY_VOID(top.file(f.name, {f.show, nullptr}));
    TRY_VOID(top.link("mounts", "self/mounts"));
    TRY_VOID(top.link("net", "self/net"));
    return ok;
}

}  // namespace osprey::fs
