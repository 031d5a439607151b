// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>

/// Instructions and registers of the processor that only arch/ and a few drivers need.
namespace osprey::arch {

struct cpuid_result {
    u32 eax, ebx, ecx, edx;
};
inline cpuid_result cpuid(u32 leaf, u32 subleaf = 0) noexcept {
    cpuid_result r;
    asm volatile("cpuid"
                 : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
                 : "a"(leaf), "c"(subleaf));
    return r;
}

/// Model-specific registers (Intel SDM vol. 4).
enum class msr : u32 {
    time_stamp_counter = 0x10,
    apic_base = 0x1b,
    tsc_deadline = 0x6e0,
    x2apic_base = 0x800,
    efer = 0xc0000080,
    star = 0xc0000081,
    lstar = 0xc0000082,
    syscall_mask = 0xc0000084,
    fs_base = 0xc0000100,
    gs_base = 0xc0000101,
    kernel_gs_base = 0xc0000102,
    tsc_aux = 0xc0000103,
};
inline u64 read_msr(msr number) noexcept {
    u32 low, high;
    asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(static_cast<u32>(number)));
    return u64{high} << 32 | low;
}
inline void write_msr(msr number, u64 value) noexcept {
    asm volatile("wrmsr" ::"c"(static_cast<u32>(number)), "a"(static_cast<u32>(value)),
                 "d"(static_cast<u32>(value >> 32))
                 : "memory");
}

inline u64 read_cr0() noexcept {
    u64 value;
    asm volatile("movq %%cr0, %0" : "=r"(value));
    return value;
}
inline void write_cr0(u64 value) noexcept {
    asm volatile("movq %0, %%cr0" ::"r"(value) : "memory");
}
inline u64 read_cr2() noexcept {
    u64 value;
    asm volatile("movq %%cr2, %0" : "=r"(value));
    return value;
}
inline u64 read_cr3() noexcept {
    u64 value;
    asm volatile("movq %%cr3, %0" : "=r"(value));
    return value;
}
inline void write_cr3(u64 value) noexcept {
    asm volatile("movq %0, %%cr3" ::"r"(value) : "memory");
}
inline u64 read_cr4() noexcept {
    u64 value;
    asm volatile("movq %%cr4, %0" : "=r"(value));
    return value;
}
inline void write_cr4(u64 value) noexcept {
    asm volatile("movq %0, %%cr4" ::"r"(value) : "memory");
}

/// Extended control register 0: which state components XSAVE covers.
inline void write_xcr0(u64 value) noexcept {
    asm volatile("xsetbv" ::"c"(0), "a"(static_cast<u32>(value)),
                 "d"(static_cast<u32>(value >> 32)));
}

/// Selectors of the descriptor table every CPU loads.
inline constexpr u16 code_selector = 0x08;
inline constexpr u16 data_selector = 0x10;
inline constexpr u16 task_selector = 0x18;

}  // namespace osprey::arch
