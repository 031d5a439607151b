// SPDX-License-Identifier: BSD-3-Clause
#include <process/accounting.hh>
#include <process/process_table.hh>

namespace osprey::proc {

resource_use& resource_use::operator+=(const resource_use& more) noexcept {
    user_ns += more.user_ns, system_ns += more.system_ns;
    minor_faults += more.minor_faults, major_faults += more.major_faults;
    voluntary_switches += more.voluntary_switches;
    involuntary_switches += more.involuntary_switches;
    disk_bytes_read += more.disk_bytes_read, disk_bytes_written += more.disk_bytes_written;
    io.chars_read += more.io.chars_read, io.chars_written += more.io.chars_written;
    io.reads += more.io.reads, io.writes += more.io.writes;
    return *this;
}

resource_use use_of(const task& t) noexcept {
    const sched::thread_statistics s = t.statistics();
    resource_use u;
    u.system_ns = s.system_time_ns < s.cpu_time_ns ? s.system_time_ns : s.cpu_time_ns;
    u.user_ns = s.cpu_time_ns - u.system_ns;
    u.minor_faults = t.minor_faults, u.major_faults = t.major_faults;
    u.involuntary_switches = s.preemptions;
    u.voluntary_switches = s.switches > s.preemptions ? s.switches - s.preemptions : 0;
    u.disk_bytes_read = t.disk_bytes_read, u.disk_bytes_written = t.disk_bytes_written;
    u.io = t.io;
    return u;
}

resource_use use_of(process& p) noexcept {
    // Under one lock: a task that ends moves from the list to the sum
    sync::lock_guard guard{p.mutex};
    resource_use all = p.ended_use;
    for (task* t = process_access::first_task(p); t; t = task_access::next_in_process(*t))
        all += use_of(*t);
    return all;
}

}  // namespace osprey::proc
