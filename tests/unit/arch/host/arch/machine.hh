// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>

/// Stands in for the kernel's header of that name: instructions that only ring 0 may execute do
/// nothing, since Linux has set up the processor alike, and CPUID shows what the test wants.
namespace osprey::arch {

struct cpuid_result {
    u32 eax, ebx, ecx, edx;
};

/// Cleared in what CPUID says: XSAVE itself, and its variants (leaf 0xd, subleaf 1, EAX).
inline bool hide_xsave = false;
inline u32 hidden_variants = 0;

inline cpuid_result cpuid(u32 leaf, u32 subleaf = 0) noexcept {
    cpuid_result r;
    asm volatile("cpuid"
                 : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
                 : "a"(leaf), "c"(subleaf));
    constexpr u32 xsave = 1u << 26;
    if (leaf == 1 && hide_xsave)
        r.ecx &= ~xsave;
    if (leaf == 0xd && subleaf == 1)
        r.eax &= ~hidden_variants;
    return r;
}

inline u64 read_cr0() noexcept {
    return 0;
}
inline void write_cr0(u64) noexcept {}
inline u64 read_cr4() noexcept {
    return 0;
}
inline void write_cr4(u64) noexcept {}
inline void write_xcr0(u64) noexcept {}

}  // namespace osprey::arch
