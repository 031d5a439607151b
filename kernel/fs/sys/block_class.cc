// SPDX-License-Identifier: BSD-3-Clause
// Disks in sysfs (Documentation/ABI/stable/sysfs-block). Disks do not go or come after boot, so
// their directories are made once.
#include <fs/dev/dev.hh>
#include <fs/proc/proc.hh>
#include <fs/sys/sys.hh>

namespace osprey::fs {

namespace {

using drivers::block_device;

/// A file of a disk whose text changes.
class disk_node final : public text_node {
public:
    using printer = result<void> (*)(block_device& disk, string& out) noexcept;
    disk_node(synthetic_filesystem& fs, block_device& disk, printer show) noexcept
        : text_node{fs, 0444}, disk_{disk}, show_{show} {
        refuse_writers();
    }
    result<void> show(string& out) noexcept override { return show_(disk_, out); }

private:
    block_device& disk_;  // disks never go away
    printer show_;
};

result<void> show_statistics(block_device& disk, string& out) noexcept {
    return print_disk_statistics(out, disk, disk_statistics_form::sysfs);
}

/// Requests on their way: Linux tells reads and writes apart, nobody counts them so here.
result<void> show_in_flight(block_device& disk, string& out) noexcept {
    return print(out, "{:8} {:8}\n", disk.counters.in_flight.load(std::memory_order_relaxed), 0);
}

result<void> show_serial(block_device& disk, string& out) noexcept {
    char serial[64];
    const usize length = disk.identify(serial);
    TRY_VOID(out.append({serial, length}));
    return length ? out.push_back('\n') : result<void>{};
}

struct fixed_value {
    std::string_view name, value;
};
result<void> add(synthetic_directory& to, std::span<const fixed_value> values) noexcept {
    for (const auto& v : values)
        TRY_VOID(to.constant(v.name, v.value));
    return ok;
}

constexpr fixed_value disk_values[] = {
    {"removable", "0"},   {"hidden", "0"},           {"range", "16"},
    {"ext_range", "256"}, {"alignment_offset", "0"}, {"discard_alignment", "0"},
};
constexpr fixed_value queue_values[] = {
    {"logical_block_size", "512"},
    {"physical_block_size", "512"},
    {"hw_sector_size", "512"},
    {"minimum_io_size", "512"},
    {"optimal_io_size", "0"},
    {"rotational", "0"},
    {"discard_granularity", "0"},
    {"discard_max_bytes", "0"},
    {"discard_zeroes_data", "0"},
    {"add_random", "0"},
    {"iostats", "1"},
    {"nomerges", "2"},
    {"scheduler", "[none]"},
    {"zoned", "none"},
    {"write_same_max_bytes", "0"},
};

result<void> add_disk(synthetic_filesystem& fs, block_device& disk) noexcept {
    const vfs::device_number number = number_of_disk(disk);
    const string numbers = TRY(string::format("{}:{}", number.major, number.minor));
    auto block = TRY(fs.top().directory("block"));
    auto directory = TRY(block->directory(disk.name()));
    TRY_VOID(directory->constant("dev", numbers.view()));
    TRY_VOID(directory->constant("size", TRY(string::format("{}", disk.sectors())).view()));
    TRY_VOID(directory->constant("ro", disk.read_only() ? "1" : "0"));
    TRY_VOID(add(*directory, disk_values));
    for (const auto& [name, show] : {std::pair{"stat", &show_statistics},
                                     {"inflight", &show_in_flight},
                                     {"serial", &show_serial}})
        TRY_VOID(directory->add(name, TRY(make_ref<disk_node>(fs, disk, show))));
    TRY_VOID(directory->constant(
        "uevent", TRY(string::format("MAJOR={}\nMINOR={}\nDEVNAME={}\nDEVTYPE=disk", number.major,
                                     number.minor, disk.name()))
                      .view()));
    TRY_VOID(directory->link("subsystem", "../../class/block"));
    auto queue = TRY(directory->directory("queue"));
    TRY_VOID(add(*queue, queue_values));
    const string target = TRY(string::format("../../block/{}", disk.name()));
    auto by_number = TRY(TRY(fs.top().directory("dev"))->directory("block"));
    TRY_VOID(by_number->link(numbers.view(), target.view()));
    auto by_class = TRY(TRY(fs.top().directory("class"))->directory("block"));
    return by_class->link(disk.name(), target.view());
}

}  // namespace

result<void> add_disks(synthetic_filesystem& fs) noexcept {
    TRY_VOID(fs.top().directory("block"));
    struct collector {
        synthetic_filesystem& to;
        result<void> outcome;
    } each{fs, {}};
    drivers::for_each_block_device(
        [](block_device& disk, void* context) {
            auto& c = *static_cast<collector*>(context);
            c.outcome = add_disk(c.to, disk);
            return c.outcome.has_value();
        },
        &each);
    return each.outcome;
}

}  // namespace osprey::fs
