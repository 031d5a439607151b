// SPDX-License-Identifier: BSD-3-Clause
#include <net/statistics.hh>

namespace osprey::net {

OSPREY_PER_CPU(statistic_table, statistics);

namespace {
constexpr statistic_name names[] = {
#define STATISTIC(identifier, group, name) {group, name},
#include <net/statistics.def>
#undef STATISTIC
};
}  // namespace

u64 total(statistic what) noexcept {
    u64 sum = 0;
    for (u32 cpu = 0; cpu < arch::cpu_count(); ++cpu)
        sum += statistics.of(cpu).values[static_cast<usize>(what)];
    return sum;
}

statistic_name name_of(statistic what) noexcept {
    return names[static_cast<usize>(what)];
}

}  // namespace osprey::net
