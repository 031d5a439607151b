// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>

namespace osprey::arch {

/// Turns on x87, SSE and what XSAVE covers on the running CPU; the boot CPU also chooses how states
/// are saved. Interrupts off.
void initialize_fpu() noexcept;

/// What this machine's CPUs have, as `initialize_fpu` found.
struct fpu_choice {
    enum class save_method : u8 { fxsave, xsave, xsaveopt, xsavec, xsaves };
    save_method method = save_method::fxsave;
    bool fsgsbase = false;                        // RDFSBASE and WRFSBASE
    u32 components_low = 3, components_high = 0;  // the halves of XCR0
};
extern fpu_choice chosen_fpu;

/// Stores and loads the live state of the running CPU in the form of thread contexts. Inline, as
/// every context switch does both.
inline void fpu_save(void* area) noexcept {
    using enum fpu_choice::save_method;
    const u32 low = chosen_fpu.components_low, high = chosen_fpu.components_high;
    switch (chosen_fpu.method) {
        case xsaves:
            asm volatile("xsaves64 (%0)" ::"r"(area), "a"(low), "d"(high) : "memory");
            break;
        case xsavec:
            asm volatile("xsavec64 (%0)" ::"r"(area), "a"(low), "d"(high) : "memory");
            break;
        case xsaveopt:
            asm volatile("xsaveopt64 (%0)" ::"r"(area), "a"(low), "d"(high) : "memory");
            break;
        case xsave:
            asm volatile("xsave64 (%0)" ::"r"(area), "a"(low), "d"(high) : "memory");
            break;
        case fxsave:
            asm volatile("fxsaveq (%0)" ::"r"(area) : "memory");
            break;
    }
}
inline void fpu_load(const void* area) noexcept {
    using enum fpu_choice::save_method;
    const u32 low = chosen_fpu.components_low, high = chosen_fpu.components_high;
    if (chosen_fpu.method == xsaves)
        asm volatile("xrstors64 (%0)" ::"r"(area), "a"(low), "d"(high) : "memory");
    else if (chosen_fpu.method == fxsave)
        asm volatile("fxrstorq (%0)" ::"r"(area) : "memory");
    else
        asm volatile("xrstor64 (%0)" ::"r"(area), "a"(low), "d"(high) : "memory");
}

inline bool has_fsgsbase() noexcept {
    return chosen_fpu.fsgsbase;
}

}  // namespace osprey::arch
