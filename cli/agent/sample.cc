// SPDX-License-Identifier: BSD-3-Clause
#include <agent/sample.hh>
#include <base/text.hh>

#include <algorithm>
#include <charconv>
#include <cstdlib>

namespace osprey::cli::agent {

namespace {

constexpr double ticks_per_second = 100;  // USER_HZ
constexpr uint64_t sector = 512;          // of /proc/diskstats, whatever the disk has

uint64_t number(std::string_view text) {
    uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

uint64_t number_at(const std::vector<std::string>& words, size_t index) {
    return index < words.size() ? number(words[index]) : 0;
}

/// "NAME   :   VALUE" of /proc/PID/sched.
std::string_view value_of(std::string_view text, std::string_view name) {
    for (size_t at = 0; (at = text.find(name, at)) != std::string_view::npos; ++at) {
        const bool starts_line = at == 0 || text[at - 1] == '\n';
        std::string_view rest = text.substr(at + name.size());
        rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
        if (starts_line && rest.starts_with(':')) {
            rest.remove_prefix(1);
            rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
            return rest.substr(0, rest.find('\n'));
        }
    }
    return {};
}

bool is_number(const std::string& text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

}  // namespace

std::vector<cpu_times> parse_cpus(std::string_view stat) {
    std::vector<cpu_times> cpus;
    for (const std::string& line : split(stat, '\n')) {
        const std::vector<std::string> words = split_blanks(line);
        if (words.empty() || !words[0].starts_with("cpu") || words[0] == "cpu") {
            continue;
        }
        // user nice system idle iowait irq softirq steal
        constexpr size_t idle = 4;
        constexpr size_t io_wait = 5;
        constexpr size_t last = 8;
        cpu_times times;
        for (size_t i = 1; i <= last; ++i) {
            (i == idle || i == io_wait ? times.idle : times.busy) +=
                static_cast<double>(number_at(words, i)) / ticks_per_second;
        }
        cpus.push_back(times);
    }
    return cpus;
}

void parse_memory(std::string_view meminfo, machine_sample& to) {
    for (const std::string& line : split(meminfo, '\n')) {
        const std::vector<std::string> words = split_blanks(line);
        const uint64_t bytes = number_at(words, 1) * 1024;
        if (line.starts_with("MemTotal:")) {
            to.memory_total = bytes;
        } else if (line.starts_with("MemFree:")) {
            to.memory_free = bytes;
        } else if (line.starts_with("MemAvailable:")) {
            to.memory_available = bytes;
        } else if (line.starts_with("Cached:")) {
            to.memory_cached = bytes;
        }
    }
}

void parse_network(std::string_view dev, machine_sample& to) {
    for (const std::string& line : split(dev, '\n')) {
        const size_t colon = line.find(':');
        if (colon == std::string::npos) {
            continue;  // the two lines of the heading
        }
        const std::vector<std::string> name = split_blanks(line.substr(0, colon));
        if (name.size() == 1 && name[0] != "lo") {
            const std::vector<std::string> words = split_blanks(line.substr(colon + 1));
            to.received += number_at(words, 0);
            to.sent += number_at(words, 8);
        }
    }
}

void parse_disks(std::string_view diskstats, machine_sample& to) {
    for (const std::string& line : split(diskstats, '\n')) {
        const std::vector<std::string> words = split_blanks(line);
        to.disk_read += number_at(words, 5) * sector;
        to.written += number_at(words, 9) * sector;
    }
}

bool parse_thread(std::string_view stat, std::string_view sched, thread_sample& to) {
    const size_t open = stat.find('(');
    const size_t close = stat.rfind(')');
    if (open == std::string_view::npos || close == std::string_view::npos || close < open) {
        return false;
    }
    to.tid = static_cast<int>(number(stat));
    to.name = stat.substr(open + 1, close - open - 1);
    const std::vector<std::string> words = split_blanks(stat.substr(close + 1));
    // Numbers of fields in proc(5), less those before the name's end.
    constexpr size_t user = 14 - 3;
    constexpr size_t system = 15 - 3;
    constexpr size_t processor = 39 - 3;
    to.state = words.empty() || words[0].empty() ? '?' : words[0][0];
    to.cpu = static_cast<int>(number_at(words, processor));
    const std::string_view exact = value_of(sched, "se.sum_exec_runtime");  // milliseconds
    to.seconds = exact.empty()
                     ? static_cast<double>(number_at(words, user) + number_at(words, system)) /
                           ticks_per_second
                     : std::strtod(std::string{exact}.c_str(), nullptr) / 1000;
    to.switches = number(value_of(sched, "nr_switches"));
    to.preemptions = number(value_of(sched, "nr_involuntary_switches"));
    to.migrations = number(value_of(sched, "se.nr_migrations"));
    return true;
}

machine_sample sample_machine(guest& from) {
    const auto texts = from.try_read_all({"/proc/uptime", "/proc/stat", "/proc/meminfo",
                                          "/proc/net/dev", "/proc/diskstats", "/proc/loadavg"});
    const auto text = [&](size_t i) {
        return texts[i].value_or("");
    };
    machine_sample sample;
    sample.uptime = std::strtod(text(0).c_str(), nullptr);
    sample.cpus = parse_cpus(text(1));
    parse_memory(text(2), sample);
    parse_network(text(3), sample);
    parse_disks(text(4), sample);
    const std::vector<std::string> load = split_blanks(text(5));  // "0.00 0.00 0.00 1/23 456"
    sample.threads =
        load.size() > 3 ? number(std::string_view{load[3]}.substr(load[3].find('/') + 1)) : 0;
    for (const std::string& name : from.list("/proc").value_or(std::vector<std::string>{})) {
        sample.processes += is_number(name);
    }
    return sample;
}

std::vector<thread_sample> sample_threads(guest& from) {
    std::vector<std::string> folders;
    for (const std::string& name : from.list("/proc").value_or(std::vector<std::string>{})) {
        if (is_number(name)) {
            folders.push_back("/proc/" + name + "/task");
        }
    }
    const auto lists = from.list_all(folders);
    std::vector<std::string> paths;
    std::vector<int> owners;
    for (size_t i = 0; i < folders.size(); ++i) {
        for (const std::string& tid : lists[i].value_or(std::vector<std::string>{})) {
            paths.push_back(folders[i] + "/" + tid + "/stat");
            paths.push_back(folders[i] + "/" + tid + "/sched");
            owners.push_back(static_cast<int>(number(folders[i].substr(6))));
        }
    }
    const auto texts = from.try_read_all(paths);
    std::vector<thread_sample> threads;
    for (size_t i = 0; i < owners.size(); ++i) {
        thread_sample one{.pid = owners[i]};
        if (texts[2 * i] && parse_thread(*texts[2 * i], texts[2 * i + 1].value_or(""), one) &&
            !(one.name == "agent" && one.pid == one.tid && one.pid != 1)) {
            threads.push_back(std::move(one));
        }
    }
    return threads;
}

}  // namespace osprey::cli::agent
