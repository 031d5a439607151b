// SPDX-License-Identifier: BSD-3-Clause
#include <base/processes.hh>
#include <base/text.hh>
#include <http/routes.hh>

#include <unistd.h>
#include <chrono>

namespace osprey::rest {

namespace {

/// Idle threads get numbers above all that Linux gives to threads (PID_MAX_LIMIT).
constexpr int64_t first_idle_id = 4 << 20;

/// The reference's words for what a thread does.
const char* status_of(char state) {
    switch (state) {
        case 'R':
            return "running";
        case 'Z':
        case 'X':
            return "terminated";
        default:
            return "waiting";
    }
}

json describe(const thread_facts& t) {
    return {{"id", t.tid},
            {"cpu", t.cpu},
            {"cpu_ms", t.cpu_ns / 1'000'000},
            {"switches", t.switches},
            {"migrations", t.migrations},
            {"preemptions", t.preemptions},
            {"priority", static_cast<double>(t.priority)},
            {"stack_size", t.stack_size},
            {"status", status_of(t.state)},
            {"name", t.name},
            {"pid", t.pid}};
}

/// The thread that a CPU runs when there is nothing to do: clients take the use of a CPU from it.
json describe_idle(const cpu_times& cpu) {
    return {{"id", first_idle_id + cpu.number},
            {"cpu", cpu.number},
            {"cpu_ms", cpu.idle * 1000 / ::sysconf(_SC_CLK_TCK)},
            {"switches", 0},
            {"migrations", 0},
            {"preemptions", 0},
            {"priority", 0.0},
            {"stack_size", 0},
            {"status", "running"},
            {"name", "idle" + std::to_string(cpu.number)},
            {"pid", 0}};
}

reply get_threads(call&) {
    json list = json::array();
    for (const cpu_times& cpu : read_cpu_times()) {
        list.push_back(describe_idle(cpu));
    }
    for (const thread_facts& t : read_threads()) {
        list.push_back(describe(t));
    }
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return json{{"list", std::move(list)},
                {"time_ms", std::chrono::duration_cast<std::chrono::milliseconds>(now).count()}};
}

}  // namespace

api threads_api() {
    return {
        "os",
        "OS core API",
        {{"GET", "/os/threads", "listThreads", "All threads, and one idle thread for each CPU",
          "Threads", get_threads}},
        {{"Thread",
          {{"id", "integer", "Number of the thread"},
           {"cpu", "integer", "CPU where it ran last"},
           {"cpu_ms", "integer", "CPU time in milliseconds"},
           {"switches", "integer", "How often it was switched to"},
           {"migrations", "integer", "How often it moved to another CPU"},
           {"preemptions", "integer", "How often it was made to wait while it could run"},
           {"priority", "number", "As the kernel's: less comes first"},
           {"stack_size", "integer", "Bytes; the limit of its process"},
           {"status", "string", "waiting, running or terminated"},
           {"name", "string", "Name; idleN is the idle thread of CPU N"},
           {"pid", "integer", "Process; 0 for idle threads"}}},
         {"Threads",
          {{"list", "[Thread]", "The threads"},
           {"time_ms", "integer", "Milliseconds since 1970"}}}},
    };
}

}  // namespace osprey::rest
