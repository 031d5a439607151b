// SPDX-License-Identifier: BSD-3-Clause
// The system-wide files of /proc in the formats of proc(5).
#include <arch/cpu_description.hh>
#include <base/system_name.hh>
#include <drivers/block/block_device.hh>
#include <fs/proc/proc.hh>
#include <memory/frame.hh>
#include <sched/clock.hh>
#include <sched/scheduler.hh>
#include <vfs/lookup.hh>

namespace osprey::fs {

namespace {

constexpr u64 tick_ns = 10'000'000;  // USER_HZ is 100 on every Linux architecture we serve
constexpr u64 page_kb = page_size / 1024;

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

result<void> show_filesystems(string& out) noexcept {
    for (std::string_view name : {"proc", "sysfs", "tmpfs", "devtmpfs"})
        TRY_VOID(print(out, "nodev\t{}\n", name));
    return print(out, "\terofs\n");
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

result<void> show_meminfo(string& out) noexcept {
    const memory::statistics m = memory::get_statistics();
    const struct {
        const char* name;
        u64 pages;
    } lines[] = {
        {"MemTotal:       ", m.total},
        {"MemFree:        ", m.free},
        {"MemAvailable:   ", m.free + (m.cached > m.shared ? m.cached - m.shared : 0)},
        {"Buffers:        ", 0},
        {"Cached:         ", m.cached},
        {"SwapCached:     ", 0},
        {"Active:         ", m.anonymous},
        {"Inactive:       ", m.cached},
        {"SwapTotal:      ", 0},
        {"SwapFree:       ", 0},
        {"Dirty:          ", m.dirty},
        {"Writeback:      ", 0},
        {"AnonPages:      ", m.anonymous},
        {"Mapped:         ", 0},
        {"Shmem:          ", m.shared},
        {"KReclaimable:   ", 0},
        {"Slab:           ", m.slab},
        {"SReclaimable:   ", 0},
        {"SUnreclaim:     ", m.slab},
        {"KernelStack:    ", m.kernel_stacks},
        {"PageTables:     ", m.page_tables},
        {"CommitLimit:    ", m.total},
        {"Committed_AS:   ", m.anonymous + m.shared},
    };
    for (const auto& line : lines)
        TRY_VOID(print(out, "{}{:8} kB\n", line.name, line.pages * page_kb));
    return print(out,
                 "VmallocTotal:   34359738367 kB\nHugePages_Total:       0\n"
                 "HugePages_Free:        0\nHugePages_Rsvd:        0\n"
                 "HugePages_Surp:        0\nHugepagesize:       2048 kB\n");
}

result<void> show_partitions(string& out) noexcept {
    struct collector {
        string& out;
        u32 minor = 0;
        bool failed = false;
    } to{out};
    TRY_VOID(out.append("major minor  #blocks  name\n\n"));
    drivers::for_each_block_device(
        [](drivers::block_device& disk, void* context) {
            auto& c = *static_cast<collector*>(context);
            c.failed |=
                !print(c.out, " 254 {:8} {:10} {}\n", c.minor, disk.sectors() / 2, disk.name());
            c.minor += 16;
            return true;
        },
        &to);
    return to.failed ? result<void>{errc::out_of_memory} : ok;
}

result<void> show_stat(string& out) noexcept {
    sched::cpu_times sum{};
    for (u32 cpu = 0; cpu < arch::cpu_count(); ++cpu) {
        const sched::cpu_times t = sched::times_of(cpu);
        sum.user_ns += t.user_ns, sum.system_ns += t.system_ns, sum.idle_ns += t.idle_ns;
        sum.interrupt_ns += t.interrupt_ns, sum.switches += t.switches;
        sum.interrupts += t.interrupts;
    }
    const auto line = [&out](const sched::cpu_times& t) noexcept {
        return print(out, " {} 0 {} {} 0 {} 0 0 0 0\n", t.user_ns / tick_ns, t.system_ns / tick_ns,
                     t.idle_ns / tick_ns, t.interrupt_ns / tick_ns);
    };
    TRY_VOID(out.append("cpu "));
    TRY_VOID(line(sum));
    for (u32 cpu = 0; cpu < arch::cpu_count(); ++cpu) {
        TRY_VOID(print(out, "cpu{}", cpu));
        TRY_VOID(line(sched::times_of(cpu)));
    }
    const i64 boot = sched::realtime_offset() / 1'000'000'000;
    return print(out,
                 "intr {}\nctxt {}\nbtime {}\nprocesses 1\nprocs_running {}\nprocs_blocked 0\n"
                 "softirq 0 0 0 0 0 0 0 0 0 0 0\n",
                 sum.interrupts, sum.switches, boot, sched::ready_threads() + 1);
}

result<void> show_swaps(string& out) noexcept {
    return out.append("Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
}

result<void> show_uptime(string& out) noexcept {
    u64 idle = 0;
    for (u32 cpu = 0; cpu < arch::cpu_count(); ++cpu)
        idle += sched::times_of(cpu).idle_ns;
    const u64 now = sched::monotonic_now().ns;
    return print(out, "{}.{:02} {}.{:02}\n", now / 1'000'000'000, now / tick_ns % 100,
                 idle / 1'000'000'000, idle / tick_ns % 100);
}

result<void> show_version(string& out) noexcept {
    return print(out, "{} version {} (osprey) {}\n", system_name::system, system_name::release,
                 system_name::version);
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
        {"cmdline", show_cmdline}, {"cpuinfo", show_cpuinfo}, {"filesystems", show_filesystems},
        {"loadavg", show_loadavg}, {"meminfo", show_meminfo}, {"partitions", show_partitions},
        {"stat", show_stat},       {"swaps", show_swaps},     {"uptime", show_uptime},
        {"version", show_version},
    };
    for (const auto& f : files)
        TRY_VOID(top.file(f.name, {f.show, nullptr}));
    TRY_VOID(top.link("mounts", "self/mounts"));
    TRY_VOID(top.link("net", "self/net"));
    return ok;
}

}  // namespace osprey::fs
