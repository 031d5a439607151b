// SPDX-License-Identifier: BSD-3-Clause
// What /proc tells about memory: meminfo, vmstat, buddyinfo, slabinfo, swaps (proc(5)).
#include <drivers/block/block_device.hh>
#include <fs/proc/figures.hh>
#include <fs/proc/proc.hh>
#include <memory/inventory.hh>
#include <memory/page_counters.hh>

namespace osprey::fs {

namespace {

/// Pages by kind. There are no lists of active and inactive pages: anonymous memory counts as
/// active, since it is never taken away, and of the files' pages those that are mapped.
struct memory_kinds {
    memory::statistics all = memory::get_statistics();
    memory::page_counters mapped = memory::get_page_counters();
    u64 anonymous = static_cast<u64>(mapped.mapped[0]);
    u64 mapped_files = static_cast<u64>(mapped.mapped[1]);
    u64 mapped_objects = mapped_files + static_cast<u64>(mapped.mapped[2]);
    u64 files = all.cached > all.shared ? all.cached - all.shared : 0;
    // A page that two programs map is counted twice
    u64 active_files = mapped_files < files ? mapped_files : files;
};

result<void> show_meminfo(string& out) noexcept {
    const memory_kinds k;
    const memory::statistics& m = k.all;
    const u64 clean = k.files > m.dirty ? k.files - m.dirty : 0;
    const u64 active_anonymous = k.anonymous + m.shared;
    const struct {
        const char* name;
        u64 pages;
    } lines[] = {
        {"MemTotal:       ", m.total},
        {"MemFree:        ", m.free},
        {"MemAvailable:   ", m.free + clean},
        {"Buffers:        ", 0},
        {"Cached:         ", m.cached},
        {"SwapCached:     ", 0},
        {"Active:         ", active_anonymous + k.active_files},
        {"Inactive:       ", k.files - k.active_files},
        {"Active(anon):   ", active_anonymous},
        {"Inactive(anon): ", 0},
        {"Active(file):   ", k.active_files},
        {"Inactive(file): ", k.files - k.active_files},
        {"SwapTotal:      ", 0},
        {"SwapFree:       ", 0},
        {"Dirty:          ", m.dirty},
        {"Writeback:      ", 0},
        {"AnonPages:      ", k.anonymous},
        {"Mapped:         ", k.mapped_objects},
        {"Shmem:          ", m.shared},
        {"KReclaimable:   ", 0},
        {"Slab:           ", m.slab},
        {"SReclaimable:   ", 0},
        {"SUnreclaim:     ", m.slab},
        {"KernelStack:    ", m.kernel_stacks},
        {"PageTables:     ", m.page_tables},
        {"CommitLimit:    ", m.total},
        {"Committed_AS:   ", static_cast<u64>(k.mapped.committed) + m.shared},
    };
    for (const auto& line : lines)
        TRY_VOID(print(out, "{}{:8} kB\n", line.name, line.pages * page_kb));
    return print(out,
                 "VmallocTotal:   34359738367 kB\nAnonHugePages:  {:8} kB\n"
                 "HugePages_Total:       0\n"
                 "HugePages_Free:        0\nHugePages_Rsvd:        0\n"
                 "HugePages_Surp:        0\nHugepagesize:       2048 kB\n"
                 "Hugetlb:               0 kB\n",
                 static_cast<u64>(k.mapped.mapped_huge) * page_kb);
}

/// Sectors that all disks have moved.
struct disk_totals {
    u64 read = 0, written = 0;
    disk_totals() noexcept {
        drivers::for_each_block_device(
            [](drivers::block_device& disk, void* context) {
                auto& sum = *static_cast<disk_totals*>(context);
                sum.read += disk.counters.reads.sectors.load(std::memory_order_relaxed);
                sum.written += disk.counters.writes.sectors.load(std::memory_order_relaxed);
                return true;
            },
            this);
    }
};

result<void> show_vmstat(string& out) noexcept {
    const memory_kinds k;
    const disk_totals disks;
    const struct {
        const char* name;
        u64 value;
    } lines[] = {
        {"nr_free_pages", k.all.free},
        {"nr_zone_active_anon", k.anonymous + k.all.shared},
        {"nr_zone_inactive_file", k.files - k.active_files},
        {"nr_zone_active_file", k.active_files},
        {"nr_anon_pages", k.anonymous},
        {"nr_mapped", k.mapped_objects},
        {"nr_file_pages", k.all.cached},
        {"nr_dirty", k.all.dirty},
        {"nr_writeback", 0},
        {"nr_shmem", k.all.shared},
        {"nr_anon_transparent_hugepages",
         static_cast<u64>(k.mapped.mapped_huge) / (large_page_size / page_size)},
        {"nr_slab_reclaimable", 0},
        {"nr_slab_unreclaimable", k.all.slab},
        {"nr_page_table_pages", k.all.page_tables},
        {"nr_kernel_stack", k.all.kernel_stacks * page_kb},
        {"pgpgin", disks.read / 2},
        {"pgpgout", disks.written / 2},
        {"pswpin", 0},
        {"pswpout", 0},
        {"pgfault", static_cast<u64>(k.mapped.faults)},
        {"pgmajfault", static_cast<u64>(k.mapped.major_faults)},
    };
    for (const auto& line : lines)
        TRY_VOID(print(out, "{} {}\n", line.name, line.value));
    return ok;
}

struct text_and_outcome {
    string& out;
    result<void> outcome;
};

result<void> show_buddyinfo(string& out) noexcept {
    text_and_outcome to{out, {}};
    memory::for_each_zone(
        [](const memory::zone_inventory& z, void* context) {
            auto& t = *static_cast<text_and_outcome*>(context);
            if (!t.outcome)
                return;
            fixed_text<200> line;
            format_to(line, "Node {}, zone ", z.node);
            for (usize i = z.name.size(); i < 8; ++i)
                line.append(" ");
            line.append(z.name);
            line.append(" ");
            for (u64 blocks : z.free_blocks)
                format_to(line, "{:6} ", blocks);
            line.append("\n");
            t.outcome = t.out.append(line.view());
        },
        &to);
    return to.outcome;
}

result<void> show_slabinfo(string& out) noexcept {
    text_and_outcome to{out, {}};
    to.outcome = out.append(
        "slabinfo - version: 2.1\n"
        "# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : "
        "tunables <limit> <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> "
        "<sharedavail>\n");
    memory::for_each_heap_class(
        [](const memory::heap_inventory& h, void* context) {
            auto& t = *static_cast<text_and_outcome*>(context);
            if (!t.outcome)
                return;
            fixed_text<200> line;
            format_to(line, "kmalloc-{}", h.object_bytes);
            for (usize i = line.view().size(); i < 17; ++i)
                line.append(" ");
            const u64 per_slab = page_size / h.object_bytes;
            format_to(line, " {:6} {:6} {:6} {:4} {:4}", h.objects_used, h.slabs * per_slab,
                      h.object_bytes, per_slab, 1);
            format_to(line, " : tunables {:4} {:4} {:4} : slabdata {:6} {:6} {:6}\n", 0, 0, 0,
                      h.slabs, h.slabs, 0);
            t.outcome = t.out.append(line.view());
        },
        &to);
    return to.outcome;
}

result<void> show_swaps(string& out) noexcept {
    return out.append("Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
}

}  // namespace

result<void> add_memory_files(synthetic_directory& top) noexcept {
    TRY_VOID(top.file("meminfo", {show_meminfo, nullptr}));
    TRY_VOID(top.file("vmstat", {show_vmstat, nullptr}));
    TRY_VOID(top.file("buddyinfo", {show_buddyinfo, nullptr}));
    TRY_VOID(top.file("slabinfo", {show_slabinfo, nullptr}));
    return top.file("swaps", {show_swaps, nullptr});
}

}  // namespace osprey::fs
