// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <agent/guest.hh>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// How a guest is at one moment, out of its /proc. Two samples give what happens per second.
namespace osprey::cli::agent {

/// Times of a CPU in seconds since boot.
struct cpu_times {
    double busy = 0, idle = 0;
};

struct machine_sample {
    double uptime = 0;  ///< seconds, by the guest's own clock: what differences are divided by
    std::vector<cpu_times> cpus;
    uint64_t memory_total = 0, memory_available = 0, memory_free = 0, memory_cached = 0;  // bytes
    uint64_t received = 0, sent = 0;      ///< bytes on all interfaces but lo
    uint64_t disk_read = 0, written = 0;  ///< bytes of all disks
    uint64_t processes = 0, threads = 0;
};

struct thread_sample {
    int pid = 0, tid = 0, cpu = 0;
    std::string name;
    char state = '?';
    double seconds = 0;  ///< CPU time
    uint64_t switches = 0, preemptions = 0, migrations = 0;
};

[[nodiscard]] machine_sample sample_machine(guest& from);
/// Every thread of every process but the agent's own. Those that end meanwhile are left out.
[[nodiscard]] std::vector<thread_sample> sample_threads(guest& from);

// The parts, each out of the text of one file (proc(5)). What is not understood counts as 0.
[[nodiscard]] std::vector<cpu_times> parse_cpus(std::string_view stat);
void parse_memory(std::string_view meminfo, machine_sample& to);
void parse_network(std::string_view dev, machine_sample& to);
void parse_disks(std::string_view diskstats, machine_sample& to);
/// /proc/PID/task/TID/stat and sched. @return false if the first is none
bool parse_thread(std::string_view stat, std::string_view sched, thread_sample& to);

}  // namespace osprey::cli::agent
