// SPDX-License-Identifier: BSD-3-Clause
// What /proc tells about devices and filesystem types: partitions, diskstats, devices, filesystems,
// misc (proc(5)).
#include <fs/dev/dev.hh>
#include <fs/proc/proc.hh>
#include <vfs/device.hh>
#include <vfs/lookup.hh>

namespace osprey::fs {

namespace {

struct text_and_outcome {
    string& out;
    result<void> outcome;
};

result<void> show_partitions(string& out) noexcept {
    text_and_outcome to{out, out.append("major minor  #blocks  name\n\n")};
    drivers::for_each_block_device(
        [](drivers::block_device& disk, void* context) {
            auto& t = *static_cast<text_and_outcome*>(context);
            const vfs::device_number number = number_of_disk(disk);
            if (t.outcome)
                t.outcome = print(t.out, "{:4}  {:7} {:10} {}\n", number.major, number.minor,
                                  disk.sectors() / 2, disk.name());
            return t.outcome.has_value();
        },
        &to);
    return to.outcome;
}

result<void> show_diskstats(string& out) noexcept {
    text_and_outcome to{out, {}};
    drivers::for_each_block_device(
        [](drivers::block_device& disk, void* context) {
            auto& t = *static_cast<text_and_outcome*>(context);
            t.outcome = print_disk_statistics(t.out, disk, disk_statistics_form::diskstats);
            return t.outcome.has_value();
        },
        &to);
    return to.outcome;
}

/// One line for each major number of a type, in ascending order.
result<void> print_majors(string& out, vfs::node_type type) noexcept {
    struct search {
        vfs::node_type type;
        u32 above;
        vfs::device_class* found;
    } s{type, 0, nullptr};
    for (;;) {
        s.found = nullptr;
        vfs::for_each_device(
            [](vfs::device_class& c, void* context) {
                auto& wanted = *static_cast<search*>(context);
                if (c.type == wanted.type && c.major > wanted.above &&
                    (!wanted.found || c.major < wanted.found->major))
                    wanted.found = &c;
                return true;
            },
            &s);
        if (!s.found)
            return ok;
        TRY_VOID(print(out, "{:3} {}\n", s.found->major, s.found->name));
        s.above = s.found->major;
    }
}

result<void> show_devices(string& out) noexcept {
    TRY_VOID(out.append("Character devices:\n"));
    TRY_VOID(print_majors(out, vfs::node_type::character_device));
    TRY_VOID(out.append("\nBlock devices:\n"));
    return print_majors(out, vfs::node_type::block_device);
}

result<void> show_filesystems(string& out) noexcept {
    text_and_outcome to{out, {}};
    vfs::for_each_filesystem(
        [](vfs::filesystem_type& type, void* context) {
            auto& t = *static_cast<text_and_outcome*>(context);
            t.outcome = print(t.out, "{}\t{}\n", type.needs_device ? "" : "nodev", type.name);
            return t.outcome.has_value();
        },
        &to);
    TRY_VOID(std::move(to.outcome));
    return out.append("nodev\toverlay\n");  // the root, which mount(2) does not make
}

}  // namespace

result<void> print_disk_statistics(string& out, drivers::block_device& disk,
                                   disk_statistics_form form) noexcept {
    const auto& c = disk.counters;
    const auto get = [](const std::atomic<u64>& counter) noexcept {
        return counter.load(std::memory_order_relaxed);
    };
    const auto ms = [get](const std::atomic<u64>& ns) noexcept {
        return get(ns) / 1'000'000;
    };
    if (form == disk_statistics_form::diskstats) {
        const vfs::device_number number = number_of_disk(disk);
        TRY_VOID(print(out, "{:4} {:7} {}", number.major, number.minor, disk.name()));
    }
    // Requests are never merged: the caller of the driver joins what belongs together
    TRY_VOID(print(out, " {} 0 {} {} {} 0 {} {}", get(c.reads.requests), get(c.reads.sectors),
                   ms(c.reads.ns), get(c.writes.requests), get(c.writes.sectors), ms(c.writes.ns)));
    return print(out, " {} {} {} 0 0 0 0 {} {}\n", get(c.in_flight), ms(c.busy_ns),
                 ms(c.reads.ns) + ms(c.writes.ns) + ms(c.flushes.ns), get(c.flushes.requests),
                 ms(c.flushes.ns));
}

result<void> add_device_files(synthetic_directory& top) noexcept {
    TRY_VOID(top.file("partitions", {show_partitions, nullptr}));
    TRY_VOID(top.file("diskstats", {show_diskstats, nullptr}));
    TRY_VOID(top.file("devices", {show_devices, nullptr}));
    return top.file("filesystems", {show_filesystems, nullptr});
}

}  // namespace osprey::fs
