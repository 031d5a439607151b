// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sched/thread.hh>

namespace osprey::sched {

/// All threads by id. Look-ups run under RCU; a thread leaves when its last reference is gone.
class thread_table {
public:
    /// Gives `t` an id. Application threads get the smallest free one at first, so that the first
    /// program is process 1. Context: threads.
    /// @return `errc::again` when all ids are taken, as clone(2) says; `errc::out_of_memory`.
    static result<void> add(thread& t) noexcept;
    /// Takes all threads of a list out. `of` tells which thread an entry belongs to.
    static void remove(const retired* first, thread* (*of)(const retired*)) noexcept;
};

/// Linux's PID_MAX_LIMIT on 64-bit machines; ids are below it.
inline constexpr u32 thread_id_limit = 1u << 22;

}  // namespace osprey::sched
