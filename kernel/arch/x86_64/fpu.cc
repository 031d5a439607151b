// SPDX-License-Identifier: BSD-3-Clause
// The vector state of applications: Intel SDM vol. 1 chapter 13. The kernel itself is compiled
// without vector instructions, so what the registers hold is always the application's.
#include <arch/context.hh>
#include <arch/fpu.hh>
#include <arch/machine.hh>
#include <cstring>

namespace osprey::arch {

constinit fpu_choice chosen_fpu;

namespace {

using enum fpu_choice::save_method;
constinit u64 components = 3;  // XCR0
constinit usize state_size = 512;
constinit u32 mxcsr_mask = 0xffbf;

constexpr u64 cr0_monitor = 2, cr0_emulate = 4, cr0_switched = 8, cr0_numeric_error = 0x20;
constexpr u64 cr4_fxsr = 1 << 9, cr4_simd_exceptions = 1 << 10, cr4_fsgsbase = 1 << 16,
              cr4_xsave = 1 << 18;
constexpr u64 wanted_components = 0xe7;  // x87 SSE AVX, AVX-512 (three)
constexpr u64 compacted = u64{1} << 63;

constexpr usize mxcsr_at = 24, mxcsr_mask_at = 28, header_at = 512, header_size = 64;
constexpr u16 initial_control_word = 0x37f;
constexpr u32 initial_mxcsr = 0x1f80;

template <typename T>
T& field(void* area, usize offset) noexcept {
    return *reinterpret_cast<T*>(static_cast<char*>(area) + offset);
}
template <typename T>
const T& field(const void* area, usize offset) noexcept {
    return *reinterpret_cast<const T*>(static_cast<const char*>(area) + offset);
}

void choose_method() noexcept {
    state_size = header_at;
    if (cpuid(1).ecx >> 26 & 1) {
        const auto sizes = cpuid(0xd, 0);
        components = (u64{sizes.edx} << 32 | sizes.eax) & wanted_components;
        if ((components & 0xe0) != 0xe0)
            components &= 7;
        write_cr4(read_cr4() | cr4_xsave);
        write_xcr0(components);
        state_size = cpuid(0xd, 0).ebx;
        const u32 variants = cpuid(0xd, 1).eax;
        chosen_fpu.method = variants & 8   ? xsaves
                            : variants & 2 ? xsavec
                            : variants & 1 ? xsaveopt
                                           : xsave;
        chosen_fpu.components_low = static_cast<u32>(components);
        chosen_fpu.components_high = static_cast<u32>(components >> 32);
    }
    chosen_fpu.fsgsbase = cpuid(0).eax >= 7 && cpuid(7, 0).ebx & 1;

    alignas(16) u8 probe[512] = {};
    asm volatile("fxsaveq %0" : "=m"(probe));
    if (const u32 mask = field<u32>(probe, mxcsr_mask_at))
        mxcsr_mask = mask;
}

}  // namespace

void initialize_fpu() noexcept {
    static constinit bool chosen = false;
    write_cr0((read_cr0() & ~(cr0_emulate | cr0_switched)) | cr0_monitor | cr0_numeric_error);
    write_cr4(read_cr4() | cr4_fxsr | cr4_simd_exceptions);
    if (!chosen) {
        choose_method();
        chosen = true;
    } else if (chosen_fpu.method != fxsave) {
        write_cr4(read_cr4() | cr4_xsave);
        write_xcr0(components);
    }
    if (chosen_fpu.fsgsbase)
        write_cr4(read_cr4() | cr4_fsgsbase);
    const u32 mxcsr = initial_mxcsr;
    asm volatile("fninit; ldmxcsr %0" ::"m"(mxcsr));
}

usize fpu_state_size() noexcept {
    return state_size;
}

void fpu_init(void* area) noexcept {
    std::memset(area, 0, state_size);
    field<u16>(area, 0) = initial_control_word;
    field<u32>(area, mxcsr_at) = initial_mxcsr;
    if (chosen_fpu.method >= xsavec)
        field<u64>(area, header_at + 8) = compacted | components;
}

void fpu_store_user(void* area) noexcept {
    if (chosen_fpu.method == fxsave) {
        asm volatile("fxsaveq (%0)" ::"r"(area) : "memory");
        return;
    }
    // XSAVE leaves the rest of the header alone, and loading demands zeros there
    std::memset(static_cast<char*>(area) + header_at, 0, header_size);
    asm volatile("xsave64 (%0)" ::"r"(area), "a"(static_cast<u32>(components)),
                 "d"(static_cast<u32>(components >> 32))
                 : "memory");
}

result<void> fpu_restore_user(const void* area) noexcept {
    if (field<u32>(area, mxcsr_at) & ~mxcsr_mask)
        return errc::invalid_argument;
    if (chosen_fpu.method == fxsave) {
        asm volatile("fxrstorq (%0)" ::"r"(area) : "memory");
        return ok;
    }
    if (field<u64>(area, header_at) & ~components)
        return errc::invalid_argument;
    for (usize offset = 8; offset < header_size; offset += 8)
        if (field<u64>(area, header_at + offset) != 0)
            return errc::invalid_argument;
    asm volatile("xrstor64 (%0)" ::"r"(area), "a"(static_cast<u32>(components)),
                 "d"(static_cast<u32>(components >> 32))
                 : "memory");
    return ok;
}

}  // namespace osprey::arch
