// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <arch/cpu.hh>

namespace osprey::arch {

/// Start and end of the template from which each CPU's copies are made (kernel.ld).
extern "C" char percpu_template_start[], percpu_template_end[];

/// A variable of which each CPU has its own. Declare at namespace scope:
///     OSPREY_PER_CPU(u64, switches);
/// and reach it with `switches.mine()` (preemption off, or a value where a late look is harmless)
/// or `switches.of(cpu)`. The initial value must be constant.
template <typename T>
class per_cpu {
public:
    constexpr per_cpu() = default;
    template <typename... Args>
    constexpr explicit per_cpu(Args&&... args) : value_{static_cast<Args&&>(args)...} {}

    T& mine() noexcept {
        u64 base;
        asm volatile("movq %%gs:48, %0" : "=r"(base));
        return *reinterpret_cast<T*>(reinterpret_cast<char*>(&value_) + base);
    }
    T& of(u32 id) noexcept {
        return *reinterpret_cast<T*>(reinterpret_cast<char*>(&value_) + cpu(id).percpu_base);
    }

private:
    T value_{};
};

#define OSPREY_PER_CPU(type, name) \
    [[gnu::section(".percpu")]] constinit ::osprey::arch::per_cpu<type> name

}  // namespace osprey::arch
