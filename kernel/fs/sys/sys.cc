// SPDX-License-Identifier: BSD-3-Clause
#include <arch/cpu.hh>
#include <drivers/block/block_device.hh>
#include <fs/sys/sys.hh>
#include <memory/frame.hh>
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

result<void> add_cpu(synthetic_directory& cpus, u32 cpu) noexcept {
    auto directory = TRY(cpus.directory(TRY(string::format("cpu{}", cpu)).view()));
    TRY_VOID(directory->constant("online", "1"));
    auto topology = TRY(directory->directory("topology"));
    const string own = TRY(cpu_mask_text(cpu, cpu));
    const string all = TRY(cpu_mask_text(0, arch::cpu_count() - 1));
    const string number = TRY(string::format("{}", cpu));
    const string list = TRY(cpu_list());
    TRY_VOID(topology->constant("physical_package_id", "0"));
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
    TRY_VOID(cpus->constant("kernel_max", TRY(string::format("{}", cpu_mask::capacity - 1))));
    for (u32 cpu = 0; cpu < arch::cpu_count(); ++cpu)
        TRY_VOID(add_cpu(*cpus, cpu));
    return ok;
}

result<void> show_node_memory(string& out) noexcept {
    const memory::statistics m = memory::get_statistics();
    constexpr u64 kb = page_size / 1024;
    return print(out,
                 "Node 0 MemTotal:       {:8} kB\nNode 0 MemFree:        {:8} kB\n"
                 "Node 0 MemUsed:        {:8} kB\n",
                 m.total * kb, m.free * kb, (m.total - m.free) * kb);
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

result<void> add_disk(synthetic_directory& block, drivers::block_device& disk) noexcept {
    auto directory = TRY(block.directory(disk.name()));
    TRY_VOID(directory->constant("size", TRY(string::format("{}", disk.sectors()))));
    TRY_VOID(directory->constant("ro", disk.read_only() ? "1" : "0"));
    TRY_VOID(directory->constant("removable", "0"));
    auto queue = TRY(directory->directory("queue"));
    TRY_VOID(queue->constant("logical_block_size", "512"));
    TRY_VOID(queue->constant("physical_block_size", "512"));
    return queue->constant("rotational", "0");
}

result<void> add_disks(synthetic_directory& top) noexcept {
    auto block = TRY(top.directory("block"));
    struct collector {
        synthetic_directory& to;
        result<void> outcome;
    } each{*block, {}};
    drivers::for_each_block_device(
        [](drivers::block_device& disk, void* context) {
            auto& c = *static_cast<collector*>(context);
            c.outcome = add_disk(c.to, disk);
            return c.outcome.has_value();
        },
        &each);
    return each.outcome;
}

result<refptr<synthetic_filesystem>> make_sys() noexcept {
    auto fs = TRY(synthetic_filesystem::create("sysfs", sysfs_magic));
    auto system = TRY(TRY(fs->top().directory("devices"))->directory("system"));
    TRY_VOID(add_cpus(*system));
    TRY_VOID(add_nodes(*system));
    TRY_VOID(add_disks(fs->top()));
    auto kernel = TRY(fs->top().directory("kernel"));
    auto huge = TRY(TRY(kernel->directory("mm"))->directory("transparent_hugepage"));
    TRY_VOID(huge->constant("enabled", "[always] madvise never"));
    TRY_VOID(huge->constant("defrag", "[always] defer defer+madvise madvise never"));
    TRY_VOID(huge->constant("shmem_enabled", "always within_size advise [never] deny force"));
    TRY_VOID(huge->constant("hpage_pmd_size", "2097152"));
    auto device_classes = TRY(fs->top().directory("class"));
    TRY_VOID(add_network_class(*fs, *device_classes));
    auto filesystems = TRY(fs->top().directory("fs"));
    TRY_VOID(filesystems->directory("cgroup"));
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
