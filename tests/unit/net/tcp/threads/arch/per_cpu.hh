// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <arch/cpu.hh>

namespace osprey::arch {

template <typename T>
class per_cpu {
public:
    constexpr per_cpu() = default;
    T& mine() noexcept { return values_[cpu_id()]; }
    T& of(u32 id) noexcept { return values_[id]; }

private:
    T values_[most_host_cpus]{};
};

#define OSPREY_PER_CPU(type, name) constinit ::osprey::arch::per_cpu<type> name

}  // namespace osprey::arch
