// SPDX-License-Identifier: BSD-3-Clause
#include <arch/cpu.hh>
#include <arch/cpu_description.hh>
#include <fs/sys/sys.hh>
#include <memory/frame.hh>
#include <memory/page_counters.hh>
#include <sync/mutex.hh>

namespace osprey::fs {

namespace {

constexpr u64 sysfs_magic = 0x62656572;  // SYSFS_MAGIC of statfs(2)

/// "0-3", or "0" for one CPU: the list format of cpuset(7).
result<string> cpu_list() noexcept {
    const u32 last = arch::cpu_count() - 1;
    return last == 0 ? string::copy_of("0") : string::format("0-{}", last);
}

/// The mask format of cpuset(7): groups of 32 bits, highest first.
result<string> cpu_mask_text(u32 first, u32 last) noexcept {
    string text;
    for (u32 word = (arch::cpu_count() - 1) / 32 + 1; word-- > 0;) {
        u32 bits = 0;
        for (u32 cpu = first; cpu <= last; ++cpu)
            if (cpu / 32 == word)
                bits |= 1u << cpu % 32;
        TRY_VOID(print(text, "{:08x}", bits));
        if (word != 0)
            TRY_VOID(text.push_back(','));
    }
    return text;
}

/// What CPUID tells of a CPU's caches. One that several share is taken to be shared by all.
result<void> add_caches(synthetic_directory& caches, u32 cpu) noexcept {
    arch::cpu_cache facts;
    for (u32 index = 0; arch::describe_cache(index, facts); ++index) {
        auto one = TRY(caches.directory(TRY(string::format("index{}", index)).view()));
        const bool own = facts.shared_by == 1;
        const u32 last = arch::cpu_count() - 1;
        TRY_VOID(one->constant("level", TRY(string::format("{}", facts.level)).view()));
        TRY_VOID(one->constant("type", facts.type));
        TRY_VOID(one->constant("size", TRY(string::format("{}K", facts.bytes / 1024)).view()));
        TRY_VOID(one->constant("coherency_line_size",
                               TRY(string::format("{}", facts.line_bytes)).view()));
        TRY_VOID(one->constant("number_of_sets", TRY(string::format("{}", facts.sets)).view()));
        TRY_VOID(
            one->constant("ways_of_associativity", TRY(string::format("{}", facts.ways)).view()));
        TRY_VOID(one->constant("physical_line_partition",
                               TRY(string::format("{}", facts.partitions)).view()));
        TRY_VOID(one->constant("shared_cpu_map",
                               TRY(cpu_mask_text(own ? cpu : 0, own ? cpu : last)).view()));
        TRY_VOID(one->constant("shared_cpu_list",
                               (own ? TRY(string::format("{}", cpu)) : TRY(cpu_list())).view()));
    }
    return ok;
}

result<void> add_cpu(synthetic_directory& cpus, u32 cpu) noexcept {
    auto directory = TRY(cpus.directory(TRY(string::format("cpu{}", cpu)).view()));
    if (cpu != 0)  // the first cannot be taken off line, so Linux gives it no such file
        TRY_VOID(directory->constant("online", "1"));
    TRY_VOID(directory->link("node0", "../../node/node0"));
    TRY_VOID(add_caches(*TRY(directory->directory("cache")), cpu));
    auto topology = TRY(directory->directory("topology"));
    const string own = TRY(cpu_mask_text(cpu, cpu));
    const string all = TRY(cpu_mask_text(0, arch::cpu_count() - 1));
    const string number = TRY(string::format("{}", cpu));
    const string list = TRY(cpu_list());
    TRY_VOID(topology->constant("physical_package_id", "0"));
    TRY_VOID(topology->constant("die_id", "0"));
    TRY_VOID(topology->constant("core_id", number.view()));
    for (std::string_view name : {"thread_siblings", "core_cpus"})
        TRY_VOID(topology->constant(name, own.view()));
    for (std::string_view name : {"thread_siblings_list", "core_cpus_list"})
        TRY_VOID(topology->constant(name, number.view()));
    for (std::string_view name : {"core_siblings", "package_cpus"})
        TRY_VOID(topology->constant(name, all.view()));
    for (std::string_view name : {"core_siblings_list", "package_cpus_list"})
        TRY_VOID(topology->constant(name, list.view()));
    return ok;
}

result<void> add_cpus(synthetic_directory& system) noexcept {
    auto cpus = TRY(system.directory("cpu"));
    const string list = TRY(cpu_list());
    for (std::string_view name : {"online", "possible", "present"})
        TRY_VOID(cpus->constant(name, list.view()));
    TRY_VOID(cpus->constant("offline", ""));
    TRY_VOID(cpus->constant("isolated", ""));
    auto threads = TRY(cpus->directory("smt"));
    TRY_VOID(threads->constant("active", "0"));
    TRY_VOID(threads->constant("control", "notsupported"));
    TRY_VOID(cpus->constant("kernel_max", TRY(string::format("{}", cpu_mask::capacity - 1))));
    for (u32 cpu = 0; cpu < arch::cpu_count(); ++cpu)
        TRY_VOID(add_cpu(*cpus, cpu));
    return ok;
}

/// Of the one node, in the order of Linux's drivers/base/node.c.
result<void> show_node_memory(string& out) noexcept {
    const memory::statistics m = memory::get_statistics();
    const memory::page_counters c = memory::get_page_counters();
    const struct {
        const char* name;
        u64 pages;
    } lines[] = {
        {"MemTotal:       ", m.total},
        {"MemFree:        ", m.free},
        {"MemUsed:        ", m.total - m.free},
        {"Dirty:          ", m.dirty},
        {"FilePages:      ", m.cached},
        {"Mapped:         ", static_cast<u64>(c.mapped[1] + c.mapped[2])},
        {"AnonPages:      ", static_cast<u64>(c.mapped[0])},
        {"Shmem:          ", m.shared},
        {"KernelStack:    ", m.kernel_stacks},
        {"PageTables:     ", m.page_tables},
        {"Slab:           ", m.slab},
        {"AnonHugePages:  ", static_cast<u64>(c.mapped_huge)},
    };
    for (const auto& line : lines)
        TRY_VOID(print(out, "Node 0 {}{:8} kB\n", line.name, line.pages * (page_size / 1024)));
    return print(out, "Node 0 HugePages_Total: {:5}\nNode 0 HugePages_Free:  {:5}\n", 0, 0);
}

result<void> add_nodes(synthetic_directory& system) noexcept {
    auto nodes = TRY(system.directory("node"));
    for (std::string_view name :
         {"online", "possible", "has_cpu", "has_memory", "has_normal_memory"})
        TRY_VOID(nodes->constant(name, "0"));
    auto node = TRY(nodes->directory("node0"));
    TRY_VOID(node->constant("cpulist", TRY(cpu_list())));
    TRY_VOID(node->constant("cpumap", TRY(cpu_mask_text(0, arch::cpu_count() - 1))));
    TRY_VOID(node->constant("distance", "10"));
    return node->file("meminfo", {show_node_memory, nullptr});
}

result<refptr<synthetic_filesystem>> make_sys() noexcept {
    auto fs = TRY(synthetic_filesystem::create("sysfs", sysfs_magic));
    fs->top().refuse_writers();
    auto system = TRY(TRY(fs->top().directory("devices"))->directory("system"));
    TRY_VOID(add_cpus(*system));
    TRY_VOID(add_nodes(*system));
    TRY_VOID(add_disks(*fs));
    auto kernel = TRY(fs->top().directory("kernel"));
    auto huge = TRY(TRY(kernel->directory("mm"))->directory("transparent_hugepage"));
    TRY_VOID(huge->constant("enabled", "[always] madvise never"));
    TRY_VOID(huge->constant("defrag", "[always] defer defer+madvise madvise never"));
    TRY_VOID(huge->constant("shmem_enabled", "always within_size advise [never] deny force"));
    TRY_VOID(huge->constant("hpage_pmd_size", "2097152"));
    // Where tracefs is mounted
    TRY_VOID(kernel->directory("tracing"));
    kernel->complete();
    auto debug = TRY(kernel->directory("debug"));
    TRY_VOID(debug->directory("tracing"));
    debug->complete();
    auto device_classes = TRY(fs->top().directory("class"));
    TRY_VOID(add_network_class(*fs, *device_classes));
    TRY_VOID(add_ports(*fs));
    auto filesystems = TRY(fs->top().directory("fs"));
    TRY_VOID(filesystems->directory("cgroup"));  // where process/cgroup is mounted
    filesystems->complete();
    fs->top().complete();
    return fs;
}

constinit sync::guarded<refptr<synthetic_filesystem>> instance;

}  // namespace

result<refptr<synthetic_filesystem>> sys_filesystem() noexcept {
    return instance.with(
        [](refptr<synthetic_filesystem>& fs) -> result<refptr<synthetic_filesystem>> {
            if (!fs)
                fs = TRY(make_sys());
            return fs;
        });
}

}  // namespace osprey::fs
