// SPDX-License-Identifier: BSD-3-Clause
#include <fs/dev/dev.hh>
#include <memory/page_counters.hh>
#include <process/cgroup/cgroup.hh>
#include <process/task.hh>
#include <sched/scheduler.hh>
#include <vfs/lookup.hh>

namespace osprey::proc {

namespace {

constexpr u64 cgroup2_magic = 0x63677270;  // CGROUP2_SUPER_MAGIC of statfs(2)

result<void> list_processes(string& out) noexcept {
    struct state {
        string& out;
        result<void> outcome;
    } s{out, {}};
    for_each_process(
        [](process& p, void* context) {
            auto& to = *static_cast<state*>(context);
            if (!p.is_zombie())
                to.outcome = print(to.out, "{}\n", p.pid());
            return to.outcome.has_value();
        },
        &s);
    return s.outcome;
}

struct task_list {
    vector<i32> tids;
    bool failed = false;
};
task_list all_tasks() noexcept {
    task_list all;
    for_each_process(
        [](process& p, void* context) {
            p.for_each_task(
                [](task& t, void* list) {
                    auto& to = *static_cast<task_list*>(list);
                    to.failed |= !to.tids.push_back(t.tid());
                    return !to.failed;
                },
                context);
            return true;
        },
        &all);
    return all;
}

result<void> list_threads(string& out) noexcept {
    const task_list all = all_tasks();
    if (all.failed)
        return errc::out_of_memory;
    for (i32 tid : all.tids)
        TRY_VOID(print(out, "{}\n", tid));
    return ok;
}

result<void> show_task_count(string& out) noexcept {
    const task_list all = all_tasks();
    if (all.failed)
        return errc::out_of_memory;
    return print(out, "{}\n", all.tids.size());
}

result<void> show_cpu(string& out) noexcept {
    u64 user = 0, system = 0;
    for (u32 cpu = 0; cpu < arch::cpu_count(); ++cpu) {
        const sched::cpu_times t = sched::times_of(cpu);
        user += t.user_ns + t.nice_ns, system += t.system_ns;
    }
    return print(out,
                 "usage_usec {}\nuser_usec {}\nsystem_usec {}\nnr_periods 0\nnr_throttled 0\n"
                 "throttled_usec 0\nnr_bursts 0\nburst_usec 0\n",
                 (user + system) / 1000, user / 1000, system / 1000);
}

result<void> show_cpus(string& out) noexcept {
    const u32 last = arch::cpu_count() - 1;
    return last == 0 ? out.append("0\n") : print(out, "0-{}\n", last);
}

result<void> show_memory(string& out) noexcept {
    const memory::statistics m = memory::get_statistics();
    return print(out, "{}\n", (m.total - m.free) * page_size);
}
result<void> show_memory_peak(string& out) noexcept {
    const memory::statistics m = memory::get_statistics();
    return print(out, "{}\n", (m.total - m.least_free) * page_size);
}

result<void> show_memory_kinds(string& out) noexcept {
    const memory::statistics m = memory::get_statistics();
    const memory::page_counters c = memory::get_page_counters();
    const struct {
        const char* name;
        u64 pages;
    } lines[] = {
        {"anon", static_cast<u64>(c.mapped[0])},
        {"file", m.cached},
        {"kernel", m.slab + m.kernel_stacks + m.page_tables},
        {"kernel_stack", m.kernel_stacks},
        {"pagetables", m.page_tables},
        {"shmem", m.shared},
        {"file_mapped", static_cast<u64>(c.mapped[1] + c.mapped[2])},
        {"file_dirty", m.dirty},
        {"file_writeback", 0},
        {"anon_thp", static_cast<u64>(c.mapped_huge)},
        {"active_anon", static_cast<u64>(c.mapped[0]) + m.shared},
        {"inactive_file", m.cached > m.shared ? m.cached - m.shared : 0},
        {"slab_reclaimable", 0},
        {"slab_unreclaimable", m.slab},
        {"slab", m.slab},
    };
    for (const auto& line : lines)
        TRY_VOID(print(out, "{} {}\n", line.name, line.pages * page_size));
    return print(out, "pgfault {}\npgmajfault {}\n", c.faults, c.major_faults);
}

result<void> show_disks(string& out) noexcept {
    struct state {
        string& out;
        result<void> outcome;
    } s{out, {}};
    drivers::for_each_block_device(
        [](drivers::block_device& disk, void* context) {
            constexpr u64 sector = 512;
            auto& to = *static_cast<state*>(context);
            const auto& c = disk.counters;
            const vfs::device_number number = fs::number_of_disk(disk);
            to.outcome = print(
                to.out, "{}:{} rbytes={} wbytes={} rios={} wios={} dbytes=0 dios=0\n", number.major,
                number.minor, c.reads.sectors.load() * sector, c.writes.sectors.load() * sector,
                c.reads.requests.load(), c.writes.requests.load());
            return to.outcome.has_value();
        },
        &s);
    return s.outcome;
}

result<refptr<fs::synthetic_filesystem>> make() noexcept {
    auto made = TRY(fs::synthetic_filesystem::create("cgroup2", cgroup2_magic));
    fs::synthetic_directory& top = made->top();
    top.refuse_writers();
    const struct {
        std::string_view name;
        result<void> (*show)(string&) noexcept;
    } files[] = {
        {"cgroup.procs", list_processes},
        {"cgroup.threads", list_threads},
        {"cpu.stat", show_cpu},
        {"cpuset.cpus.effective", show_cpus},
        {"io.stat", show_disks},
        {"memory.current", show_memory},
        {"memory.peak", show_memory_peak},
        {"memory.stat", show_memory_kinds},
        {"pids.current", show_task_count},
    };
    for (const auto& f : files)
        TRY_VOID(top.file(f.name, {f.show, nullptr}));
    const struct {
        std::string_view name, text;
    } limits[] = {
        {"cgroup.controllers", "cpuset cpu io memory pids"},
        {"cgroup.subtree_control", ""},
        {"cgroup.type", "domain"},
        {"cgroup.events", "populated 1\nfrozen 0"},
        {"cgroup.freeze", "0"},
        {"cgroup.max.depth", "max"},
        {"cgroup.max.descendants", "max"},
        {"cgroup.stat", "nr_descendants 0\nnr_dying_descendants 0"},
        {"cpu.max", "max 100000"},
        {"cpu.weight", "100"},
        {"cpu.weight.nice", "0"},
        {"cpuset.cpus", ""},
        {"cpuset.mems", ""},
        {"cpuset.mems.effective", "0"},
        {"memory.high", "max"},
        {"memory.low", "0"},
        {"memory.max", "max"},
        {"memory.min", "0"},
        {"memory.swap.current", "0"},
        {"memory.swap.max", "0"},
        {"pids.max", "max"},
    };
    for (const auto& l : limits)
        TRY_VOID(top.constant(l.name, l.text));
    return made;
}

constinit sync::guarded<refptr<fs::synthetic_filesystem>> instance;

result<refptr<vfs::filesystem>> create(std::string_view, std::string_view) noexcept {
    return refptr<vfs::filesystem>{TRY(cgroup_filesystem())};
}
constinit vfs::filesystem_type type{"cgroup2", false, create};

}  // namespace

result<refptr<fs::synthetic_filesystem>> cgroup_filesystem() noexcept {
    return instance.with(
        [](refptr<fs::synthetic_filesystem>& fs) -> result<refptr<fs::synthetic_filesystem>> {
            if (!fs)
                fs = TRY(make());
            return fs;
        });
}

result<void> mount_cgroup() noexcept {
    vfs::register_filesystem(type);
    auto context = TRY(vfs::directory_context::create(vfs::root_path(), vfs::root_path(), 0));
    const vfs::path at = TRY(vfs::resolve(*context, {}, "/sys/fs/cgroup", vfs::want_directory));
    return vfs::mount_at(at, TRY(cgroup_filesystem()),
                         vfs::mount_no_suid | vfs::mount_no_devices | vfs::mount_no_exec |
                             vfs::mount_relative_atime);
}

}  // namespace osprey::proc
