// SPDX-License-Identifier: BSD-3-Clause
// Network, disks and filesystems: names are those of Prometheus' node exporter.
#include <base/interfaces.hh>
#include <base/mounts.hh>
#include <base/text.hh>

#include <functional>

#include "exposition.hh"

namespace osprey::rest {

namespace {

struct disk {
    std::string name;
    std::vector<double> figures;
};

std::vector<disk> read_disks() {
    std::vector<disk> disks;
    const auto text = read_text("/proc/diskstats").value_or("");
    for (const std::string_view line : split(text, '\n')) {
        const auto fields = words(line);
        if (fields.size() < 14) {
            continue;
        }
        disk one{std::string{fields[2]}, {}};
        for (size_t i = 3; i < fields.size(); ++i) {
            one.figures.push_back(static_cast<double>(to_number(fields[i]).value_or(0)));
        }
        disks.push_back(std::move(one));
    }
    return disks;
}

}  // namespace

void add_network_metrics(exposition& out) {
    using facts = interface_facts;
    struct figure {
        const char* name;
        uint64_t facts::*value;
    };
    static constexpr figure figures[] = {
        {"receive_bytes", &facts::rx_bytes},  {"receive_packets", &facts::rx_packets},
        {"receive_errs", &facts::rx_errors},  {"receive_drop", &facts::rx_dropped},
        {"transmit_bytes", &facts::tx_bytes}, {"transmit_packets", &facts::tx_packets},
        {"transmit_errs", &facts::tx_errors}, {"transmit_drop", &facts::tx_dropped},
    };
    const auto interfaces = read_interfaces();
    for (const auto& [name, value] : figures) {
        out.begin(std::string{"node_network_"} + name + "_total", "counter",
                  "Of network interfaces.");
        for (const facts& one : interfaces) {
            out.sample(static_cast<double>(one.*value), {{"device", one.name}});
        }
    }
}

void add_disk_metrics(exposition& out) {
    struct figure {
        const char* name;
        size_t column;  // of the counters of /proc/diskstats
        double unit;
    };
    constexpr double sector = 512, millisecond = 1e-3;
    static constexpr figure figures[] = {
        {"reads_completed", 0, 1},
        {"read_bytes", 2, sector},
        {"read_time_seconds", 3, millisecond},
        {"writes_completed", 4, 1},
        {"written_bytes", 6, sector},
        {"write_time_seconds", 7, millisecond},
        {"io_time_seconds", 9, millisecond},
    };
    const auto disks = read_disks();
    for (const auto& [name, column, unit] : figures) {
        out.begin(std::string{"node_disk_"} + name + "_total", "counter", "Of disks.");
        for (const disk& one : disks) {
            out.sample(one.figures[column] * unit, {{"device", one.name}});
        }
    }
}

void add_filesystem_metrics(exposition& out) {
    struct figure {
        const char* name;
        double (*value)(const mounted&);
    };
    static constexpr auto bytes = [](uint64_t blocks, const mounted& m) {
        return static_cast<double>(blocks) * static_cast<double>(m.block_size);
    };
    static constexpr figure figures[] = {
        {"size_bytes",
         [](const mounted& m) {
             return bytes(m.blocks, m);
         }},
        {"free_bytes",
         [](const mounted& m) {
             return bytes(m.free_blocks, m);
         }},
        {"avail_bytes",
         [](const mounted& m) {
             return bytes(m.available_blocks, m);
         }},
        {"files",
         [](const mounted& m) {
             return static_cast<double>(m.files);
         }},
        {"files_free",
         [](const mounted& m) {
             return static_cast<double>(m.free_files);
         }},
    };
    const auto mounts = read_mounts();
    for (const auto& [name, value] : figures) {
        out.begin(std::string{"node_filesystem_"} + name, "gauge", "Of filesystems.");
        for (const mounted& m : mounts) {
            out.sample(value(m),
                       {{"device", m.device}, {"mountpoint", m.path}, {"fstype", m.type}});
        }
    }
}

}  // namespace osprey::rest
