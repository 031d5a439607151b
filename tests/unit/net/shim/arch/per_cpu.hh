// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <arch/cpu.hh>
#include <utility>

namespace osprey::arch {

/// The host has one CPU.
template <typename T>
class per_cpu {
public:
    constexpr per_cpu() = default;
    template <typename... Args>
    constexpr explicit per_cpu(Args&&... args) : value_{std::forward<Args>(args)...} {}
    T& mine() noexcept { return value_; }
    T& of(u32) noexcept { return value_; }

private:
    T value_{};
};

#define OSPREY_PER_CPU(type, name) constinit ::osprey::arch::per_cpu<type> name

}  // namespace osprey::arch
