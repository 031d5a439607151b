// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <process/task.hh>

namespace osprey::abi {

/// Whose CPU time a clock shows, and which part of it.
struct cpu_clock {
    enum class part : u8 { all, user };
    proc::process* process;
    refptr<proc::task> task;             // null: the whole process
    refptr<proc::process> keep_alive{};  // null for what the process itself owns
    part what = part::all;

    /// In ns. What a thread is using just now on another CPU is missing until the next sample.
    /// Context: threads.
    [[nodiscard]] i64 now() const noexcept;
    /// How many ns of it can go by in one.
    [[nodiscard]] u32 most_parallel() const noexcept;
};

/// The clock of a negative number (clock_getcpuclockid(3)): the inverted number of a process or
/// thread, two bits of kind, one for "thread"; or CLOCK_PROCESS_CPUTIME_ID and
/// CLOCK_THREAD_CPUTIME_ID. @return `errc::invalid_argument`, also for threads of other processes.
result<cpu_clock> find_cpu_clock(i32 number) noexcept;

constexpr bool is_cpu_clock(i32 number) noexcept {
    return number < 0 || number == 2 || number == 3;
}

}  // namespace osprey::abi
