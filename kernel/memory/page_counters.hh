// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <arch/per_cpu.hh>

namespace osprey::memory {

/// What a page in a page table is: memory of the program alone (private copies of a file's pages
/// too), a page of a file, or one of an object in memory (shared anonymous, tmpfs, memfd). The
/// kinds of VmRSS in /proc/PID/status.
enum class page_kind : u8 { anonymous, file, shared };
inline constexpr unsigned page_kinds = 3;

/// What /proc/meminfo and /proc/vmstat count. Each CPU has its own, which may become negative: only
/// the sum means something. Pages of 4 KB.
struct page_counters {
    i64 mapped[page_kinds];
    i64 mapped_huge;  // of the anonymous ones, those in large pages
    i64 committed;    // writable memory of programs' own, resident or not
    i64 faults, major_faults;
};
extern arch::per_cpu<page_counters> cpu_page_counters;

/// Adds to a counter of this CPU. Any thread.
inline void count_pages(i64 page_counters::*counter, i64 change) noexcept {
    arch::preempt_guard stay;
    cpu_page_counters.mine().*counter += change;
}
inline void count_mapped(page_kind kind, i64 change) noexcept {
    arch::preempt_guard stay;
    cpu_page_counters.mine().mapped[static_cast<unsigned>(kind)] += change;
}

/// The sums over all CPUs; none is below zero. Any context.
page_counters get_page_counters() noexcept;

}  // namespace osprey::memory
