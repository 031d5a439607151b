// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <arch/per_cpu.hh>
#include <base/types.hh>
#include <string_view>

namespace osprey::net {

/// Counters of the whole stack, as Linux names them: one line each in statistics.def. Interfaces
/// have their own (`interface_counters`).
enum class statistic : u16 {
#define STATISTIC(identifier, group, name) identifier,
#include <net/statistics.def>
#undef STATISTIC
    number
};
inline constexpr usize statistic_count = static_cast<usize>(statistic::number);

struct statistic_table {
    u64 values[statistic_count];
};
extern arch::per_cpu<statistic_table> statistics;

/// Counts on this CPU: a load and an addition. A thread that moves to another CPU between the two
/// may, very rarely, lose a count. Context: any.
inline void count(statistic what, u64 by = 1) noexcept {
    statistics.mine().values[static_cast<usize>(what)] += by;
}
/// The sum over all CPUs.
u64 total(statistic what) noexcept;

struct statistic_name {
    std::string_view group, name;  // "Tcp", "RetransSegs"
};
/// Groups come one after the other, in the order of statistics.def.
statistic_name name_of(statistic what) noexcept;

}  // namespace osprey::net
