// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>

namespace osprey::proc {

class process;
class task;

/// What tasks have moved, as /proc/PID/io tells it (proc(5)). A task changes its own only, so
/// others may see a figure that is a moment old.
struct io_counters {
    u64 chars_read = 0, chars_written = 0;  // bytes, by read(2), write(2) and their like
    u64 reads = 0, writes = 0;              // calls

    void note_read(u64 bytes) noexcept {
        ++reads;
        chars_read += bytes;
    }
    void note_write(u64 bytes) noexcept {
        ++writes;
        chars_written += bytes;
    }
};

/// All that getrusage(2) and /proc tell about the use of a task or of a process, whose ended tasks
/// count as well.
struct resource_use {
    u64 user_ns = 0, system_ns = 0;
    u64 minor_faults = 0, major_faults = 0;
    u64 voluntary_switches = 0, involuntary_switches = 0;
    u64 disk_bytes_read = 0, disk_bytes_written = 0;
    io_counters io;

    resource_use& operator+=(const resource_use& more) noexcept;
};
resource_use use_of(const task& t) noexcept;
/// Context: threads, may sleep.
resource_use use_of(process& p) noexcept;

}  // namespace osprey::proc
