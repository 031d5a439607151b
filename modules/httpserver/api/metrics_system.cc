// SPDX-License-Identifier: BSD-3-Clause
// Processors, memory and threads: names are those of Prometheus' node exporter where it has them.
#include <unistd.h>
#include <base/error.hh>
#include <base/identity.hh>
#include <base/processes.hh>
#include <base/text.hh>
#include <base/tracefs.hh>

#include <array>
#include <chrono>
#include <ctime>

#include "exposition.hh"

namespace osprey::rest {

namespace {

double ticks_to_seconds(int64_t ticks) {
    return static_cast<double>(ticks) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

void add_cpu_times(exposition& out) {
    out.begin("node_cpu_seconds_total", "counter", "Time that CPUs spent in each mode.");
    for (const cpu_times& cpu : read_cpu_times()) {
        const std::array<std::pair<const char*, int64_t>, 8> modes{{{"idle", cpu.idle},
                                                                    {"iowait", cpu.iowait},
                                                                    {"irq", cpu.irq},
                                                                    {"nice", cpu.nice},
                                                                    {"softirq", cpu.softirq},
                                                                    {"steal", cpu.steal},
                                                                    {"system", cpu.system},
                                                                    {"user", cpu.user}}};
        for (const auto& [mode, ticks] : modes) {
            out.sample(ticks_to_seconds(ticks),
                       {{"cpu", std::to_string(cpu.number)}, {"mode", mode}});
        }
    }
}

/// Lines "name value …" of which the first value counts.
void add_lines(exposition& out, const std::string& path,
               std::initializer_list<std::array<const char*, 4>> wanted) {
    const auto text = read_text(path).value_or("");
    for (const std::string_view line : split(text, '\n')) {
        const auto fields = words(line);
        for (const auto& [name, metric, type, help] : wanted) {
            if (fields.size() >= 2 && fields[0] == name) {
                out.one(metric, type, help, static_cast<double>(to_number(fields[1]).value_or(0)));
            }
        }
    }
}

void add_load(exposition& out) {
    const std::string text = read_word("/proc/loadavg");
    const auto fields = words(text);
    constexpr std::array names{"node_load1", "node_load5", "node_load15"};
    for (size_t i = 0; i < names.size() && fields.size() > i; ++i) {
        out.one(names[i], "gauge", "Threads that run or wait for a CPU, on average.",
                std::strtod(std::string{fields[i]}.c_str(), nullptr));
    }
}

template <typename Value>
void add_thread_counter(exposition& out, const std::vector<thread_facts>& threads,
                        std::string_view name, std::string_view help, Value&& value) {
    out.begin(name, "counter", help);
    for (const thread_facts& t : threads) {
        out.sample(
            value(t),
            {{"pid", std::to_string(t.pid)}, {"tid", std::to_string(t.tid)}, {"name", t.name}});
    }
}

}  // namespace

void add_cpu_metrics(exposition& out) {
    const system_identity system = identify_system();
    out.begin("osprey_info", "gauge", "What runs here; always 1.");
    out.sample(1, {{"version", system.version}, {"hypervisor", identify_hypervisor()}});
    add_cpu_times(out);
    add_lines(out, "/proc/stat",
              {{"ctxt", "node_context_switches_total", "counter", "Switches between threads."},
               {"intr", "node_intr_total", "counter", "Interrupts."},
               {"processes", "node_forks_total", "counter", "Processes and threads made."},
               {"btime", "node_boot_time_seconds", "gauge", "Time of boot, since 1970."},
               {"procs_running", "node_procs_running", "gauge", "Threads that can run."}});
    add_load(out);
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    out.one("node_time_seconds", "gauge", "Time since 1970.",
            std::chrono::duration<double>(now).count());
}

void add_memory_metrics(exposition& out) {
    const auto text = read_text("/proc/meminfo").value_or("");
    for (const std::string_view line : split(text, '\n')) {
        const auto fields = words(line);
        if (fields.size() != 3) {  // "MemTotal: 517688 kB"
            continue;
        }
        const std::string_view name = fields[0].substr(0, fields[0].size() - 1);
        for (const char* wanted :
             {"MemTotal", "MemFree", "MemAvailable", "Buffers", "Cached", "Dirty", "Slab",
              "AnonPages", "Mapped", "Shmem", "KernelStack", "PageTables"}) {
            if (name == wanted) {
                out.one("node_memory_" + std::string{name} + "_bytes", "gauge",
                        "From /proc/meminfo.",
                        1024.0 * static_cast<double>(to_number(fields[1]).value_or(0)));
            }
        }
    }
    add_lines(out, "/proc/vmstat",
              {{"pgfault", "node_vmstat_pgfault", "counter", "Page faults."},
               {"pgmajfault", "node_vmstat_pgmajfault", "counter",
                "Page faults that waited for a device."}});
}

void add_thread_metrics(exposition& out) {
    const std::vector<thread_facts> threads = read_threads();
    add_thread_counter(out, threads, "osprey_thread_cpu_seconds_total", "CPU time of threads.",
                       [](const thread_facts& t) { return static_cast<double>(t.cpu_ns) * 1e-9; });
    add_thread_counter(out, threads, "osprey_thread_switches_total", "Switches to threads.",
                       [](const thread_facts& t) { return static_cast<double>(t.switches); });
    add_thread_counter(out, threads, "osprey_thread_preemptions_total",
                       "How often threads were made to wait while they could run.",
                       [](const thread_facts& t) { return static_cast<double>(t.preemptions); });
    add_thread_counter(out, threads, "osprey_thread_migrations_total",
                       "How often threads moved to another CPU.",
                       [](const thread_facts& t) { return static_cast<double>(t.migrations); });
}

void add_trace_metrics(exposition& out, const settings& site) {
    std::vector<tracefs::counter> counters;
    try {
        counters = tracefs{site.trace_folder}.counters();
    } catch (const api_error&) {
        return;  // a kernel that has no tracepoints, or does not count them
    }
    out.begin("osprey_tracepoint_hits_total", "counter", "Passes of counted tracepoints.");
    for (const tracefs::counter& one : counters) {
        out.sample(static_cast<double>(one.total), {{"event", one.name}});
    }
}

}  // namespace osprey::rest
