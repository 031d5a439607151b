// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <arch/per_cpu.hh>
#include <trace/ring.hh>

/// Shared by the files of trace/ that make and fill the rings.
namespace osprey::trace {

/// What a CPU writes into.
struct cpu_buffer {
    page_image** pages = nullptr;
    std::atomic<u64>* numbers = nullptr;
    u32 count = 0;
    i32 last_thread = 0;                             // whose name is known to be noted
    u32 record[ring::longest_record / sizeof(u32)];  // where records are put together
    page_image discarded;                            // of readers that only step over records
    union {
        ring records;  // made when the pages are there
    };
    cpu_buffer() noexcept {}
    ~cpu_buffer() {}
};
extern arch::per_cpu<cpu_buffer*> own_buffer;
extern std::atomic<bool> recording_now;

/// Memory for the names of threads. @return false: out of memory.
bool prepare_names() noexcept;
void note_name(i32 thread, std::string_view name) noexcept;

}  // namespace osprey::trace
