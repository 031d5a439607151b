// SPDX-License-Identifier: BSD-3-Clause
#include <unistd.h>
#include <base/folder.hh>
#include <base/processes.hh>
#include <base/text.hh>

namespace osprey::rest {

namespace {

std::vector<int64_t> numbers_in(const std::string& folder) {
    std::vector<int64_t> found;
    for (const folder_entry& entry : read_folder(folder)) {
        if (const auto number = to_number(entry.name)) {
            found.push_back(*number);
        }
    }
    return found;
}

uint64_t as_count(std::string_view text) {
    return static_cast<uint64_t>(to_number(text).value_or(0));
}

/// Lines "name : value" of /proc/PID/sched, where times are milliseconds with six decimals.
bool read_schedule(const std::string& folder, thread_facts& t) {
    const auto text = read_text(folder + "sched");
    if (!text) {
        return false;
    }
    for (const std::string_view line : split(*text, '\n')) {
        const size_t colon = line.rfind(':');
        if (colon == std::string_view::npos) {
            continue;
        }
        const std::string_view name = trim(line.substr(0, colon));
        const std::string_view value = trim(line.substr(colon + 1));
        if (name == "se.sum_exec_runtime") {
            const auto parts = split(value, '.');
            t.cpu_ns = as_count(parts[0]) * 1'000'000 + (parts.size() > 1 ? as_count(parts[1]) : 0);
        } else if (name == "se.nr_migrations") {
            t.migrations = as_count(value);
        } else if (name == "nr_switches") {
            t.switches = as_count(value);
        } else if (name == "nr_involuntary_switches") {
            t.preemptions = as_count(value);
        }
    }
    return true;
}

/// A kernel without /proc/PID/sched still counts switches.
void read_status(const std::string& folder, thread_facts& t) {
    const auto text = read_text(folder + "status").value_or("");
    for (const std::string_view line : split(text, '\n')) {
        const auto fields = words(line);
        if (fields.size() < 2) {
            continue;
        }
        if (fields[0] == "voluntary_ctxt_switches:") {
            t.switches += as_count(fields[1]);
        } else if (fields[0] == "nonvoluntary_ctxt_switches:") {
            t.preemptions = as_count(fields[1]);
            t.switches += t.preemptions;
        }
    }
}

uint64_t read_stack_limit(const std::string& folder) {
    const auto text = read_text(folder + "limits").value_or("");
    for (const std::string_view line : split(text, '\n')) {
        if (line.starts_with("Max stack size")) {
            const auto fields = words(line);
            return fields.size() > 3 ? as_count(fields[3]) : 0;
        }
    }
    return 0;
}

}  // namespace

bool parse_thread_stat(std::string_view text, thread_facts& into) {
    // The name is between the first and the last parenthesis, and may have any of both in it.
    const size_t open = text.find('(');
    const size_t close = text.rfind(')');
    if (open == std::string_view::npos || close == std::string_view::npos || close < open) {
        return false;
    }
    // Field 3 of proc(5) is the first of these.
    const auto fields = words(text.substr(close + 1));
    constexpr size_t first = 3;
    constexpr size_t utime = 14, stime = 15, priority = 18, processor = 39;
    if (fields.size() <= processor - first || fields[0].empty()) {
        return false;
    }
    const auto ticks = as_count(fields[utime - first]) + as_count(fields[stime - first]);
    into.tid = to_number(trim(text.substr(0, open))).value_or(0);
    into.name = text.substr(open + 1, close - open - 1);
    into.state = fields[0][0];
    into.priority = to_number(fields[priority - first]).value_or(0);
    into.cpu = to_number(fields[processor - first]).value_or(-1);
    into.cpu_ns = ticks * (1'000'000'000 / static_cast<uint64_t>(::sysconf(_SC_CLK_TCK)));
    return true;
}

std::vector<thread_facts> read_threads() {
    std::vector<thread_facts> threads;
    for (const int64_t pid : numbers_in("/proc")) {
        const std::string process = "/proc/" + std::to_string(pid) + "/";
        const uint64_t stack_size = read_stack_limit(process);
        for (const int64_t tid : numbers_in(process + "task")) {
            const std::string folder = process + "task/" + std::to_string(tid) + "/";
            thread_facts t{.pid = pid, .stack_size = stack_size};
            const auto text = read_text(folder + "stat");
            if (!text || !parse_thread_stat(*text, t)) {
                continue;
            }
            if (!read_schedule(folder, t)) {
                read_status(folder, t);
            }
            threads.push_back(std::move(t));
        }
    }
    return threads;
}

std::vector<cpu_times> read_cpu_times() {
    std::vector<cpu_times> cpus;
    const auto text = read_text("/proc/stat").value_or("");
    for (const std::string_view line : split(text, '\n')) {
        const auto fields = words(line);
        const auto number = line.starts_with("cpu") && fields.size() >= 9
                                ? to_number(fields[0].substr(3))
                                : std::nullopt;
        if (number) {
            const auto at = [&](size_t i) {
                return to_number(fields[i]).value_or(0);
            };
            cpus.push_back({static_cast<int>(*number), at(1), at(2), at(3), at(4), at(5), at(6),
                            at(7), at(8)});
        }
    }
    return cpus;
}

}  // namespace osprey::rest
