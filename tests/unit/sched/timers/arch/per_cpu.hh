// SPDX-License-Identifier: BSD-3-Clause
// CPUs for tests whose kernel threads are host threads: each host thread says where it runs.
#pragma once

#include <arch/cpu.hh>

namespace osprey::arch {

inline constexpr u32 host_cpus = 3;
inline thread_local u32 host_cpu_id = 0;

inline u32 cpu_id() noexcept {
    return host_cpu_id;
}
inline u32 cpu_count() noexcept {
    return host_cpus;
}

template <typename T>
class per_cpu {
public:
    T& mine() noexcept { return values_[cpu_id()]; }
    T& of(u32 id) noexcept { return values_[id]; }

private:
    T values_[host_cpus]{};
};
#define OSPREY_PER_CPU(type, name) constinit ::osprey::arch::per_cpu<type> name

}  // namespace osprey::arch
