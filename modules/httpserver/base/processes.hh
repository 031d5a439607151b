// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace osprey::rest {

/// One thread of one process, from /proc/PID/task/TID.
struct thread_facts {
    int64_t pid = 0;
    int64_t tid = 0;
    std::string name;
    char state = '?';
    int64_t cpu = -1;  ///< where it ran last
    uint64_t cpu_ns = 0;
    uint64_t switches = 0;
    uint64_t preemptions = 0;
    uint64_t migrations = 0;
    int64_t priority = 0;
    uint64_t stack_size = 0;  ///< the process's limit
};

/// All threads; those that end meanwhile are left out.
[[nodiscard]] std::vector<thread_facts> read_threads();

/// Times of a CPU from /proc/stat, in clock ticks.
struct cpu_times {
    int number = 0;
    int64_t user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0;
};

[[nodiscard]] std::vector<cpu_times> read_cpu_times();

/// Parses the text of a `stat` file; false if it is none. For tests.
[[nodiscard]] bool parse_thread_stat(std::string_view text, thread_facts& into);

}  // namespace osprey::rest
