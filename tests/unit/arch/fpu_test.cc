// SPDX-License-Identifier: BSD-3-Clause
// Saving and loading vector registers, in every form that this processor has but XSAVES, which
// needs ring 0 (its layout is XSAVEC's). QEMU's translator has neither of the two.
#include <gtest/gtest.h>
#include <arch/context.hh>
#include <arch/fpu.hh>
#include <arch/machine.hh>
#include <cstdlib>
#include <cstring>

namespace osprey::arch {
namespace {

constexpr u32 has_xsaveopt = 1, has_xsavec = 2, has_xsaves = 8;
constexpr usize vector_bytes = 64;

/// One register of each kind, as wide as the processor has them.
struct registers {
    alignas(64) u8 low[vector_bytes] = {};   // xmm7, ymm7 or zmm7
    alignas(64) u8 high[vector_bytes] = {};  // zmm31
    u64 mask = 0;                            // k1
    u32 control = 0;                         // MXCSR
    u16 x87_control = 0;
};

bool has_avx() {
    return __builtin_cpu_supports("avx");
}
bool has_avx512() {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw");
}

// Nothing but these instructions may touch the registers between two calls.
[[gnu::target("general-regs-only")]] void put(const registers& r, bool avx, bool avx512) {
    if (avx512)
        asm volatile("vmovdqu64 %0, %%zmm7; vmovdqu64 %1, %%zmm31; kmovq %2, %%k1" ::"m"(r.low),
                     "m"(r.high), "m"(r.mask));
    else if (avx)
        asm volatile("vmovdqu %0, %%ymm7" ::"m"(r.low));
    else
        asm volatile("movdqu %0, %%xmm7" ::"m"(r.low));
    asm volatile("ldmxcsr %0; fldcw %1" ::"m"(r.control), "m"(r.x87_control));
}
[[gnu::target("general-regs-only")]] void get(registers& r, bool avx, bool avx512) {
    if (avx512)
        asm volatile("vmovdqu64 %%zmm7, %0; vmovdqu64 %%zmm31, %1; kmovq %%k1, %2"
                     : "=m"(r.low), "=m"(r.high), "=m"(r.mask));
    else if (avx)
        asm volatile("vmovdqu %%ymm7, %0" : "=m"(r.low));
    else
        asm volatile("movdqu %%xmm7, %0" : "=m"(r.low));
    asm volatile("stmxcsr %0; fnstcw %1" : "=m"(r.control), "=m"(r.x87_control));
}
/// As a switch to a thread and back does it.
[[gnu::target("general-regs-only")]] void save_and_disturb(void* own, const void* other,
                                                           const registers& before,
                                                           registers& disturbed, registers& after,
                                                           bool avx, bool avx512) {
    put(before, avx, avx512);
    fpu_save(own);
    fpu_load(other);
    get(disturbed, avx, avx512);
    fpu_load(own);
    get(after, avx, avx512);
}

bool equal(const registers& a, const registers& b) {
    return std::memcmp(a.low, b.low, sizeof a.low) == 0 &&
           std::memcmp(a.high, b.high, sizeof a.high) == 0 && a.mask == b.mask &&
           a.control == b.control && a.x87_control == b.x87_control;
}

void* new_area() {
    const usize bytes = (fpu_state_size() + 63) & ~usize{63};
    void* area = std::aligned_alloc(64, bytes);
    std::memset(area, 0xaa, bytes);
    fpu_init(area);
    return area;
}

/// Ends the process: 0 when every register came back and a fresh state is that of a new process.
[[noreturn]] void switch_threads() {
    initialize_fpu();
    const bool avx = has_avx() && !hide_xsave, avx512 = has_avx512() && !hide_xsave;
    registers before, fresh, disturbed, after;
    const usize width = avx512 ? 64 : avx ? 32 : 16;
    for (usize i = 0; i < width; ++i)
        before.low[i] = static_cast<u8>(i * 7 + 1);
    for (usize i = 0; avx512 && i < 64; ++i)
        before.high[i] = static_cast<u8>(i * 11 + 3);
    before.mask = avx512 ? 0x123456789abcdef0 : 0;
    before.control = 0x9fc0;  // flush to zero, denormals are zero
    before.x87_control = 0x27f;
    fresh.control = 0x1f80;
    fresh.x87_control = 0x37f;
    for (int round = 0; round < 3; ++round) {
        save_and_disturb(new_area(), new_area(), before, disturbed, after, avx, avx512);
        if (!equal(disturbed, fresh))
            _exit(1);
        if (!equal(after, before))
            _exit(2);
    }
    // A signal frame's copy is in standard form, whatever the switch uses.
    void* user = new_area();
    std::memset(user, 0, 512);
    put(before, avx, avx512);
    fpu_store_user(user);
    const bool restored = fpu_restore_user(user).has_value();
    get(after, avx, avx512);
    if (!restored || after.control != before.control)
        _exit(3);
    _exit(0);
}

[[noreturn]] void switch_with(bool without_xsave, u32 hidden) {
    hide_xsave = without_xsave;
    hidden_variants = hidden;
    switch_threads();
}

class fpu : public testing::Test {
protected:
    void SetUp() override { GTEST_FLAG_SET(death_test_style, "fast"); }
    static bool processor_has(u32 variant) { return cpuid(0xd, 1).eax & variant; }
};

TEST_F(fpu, fxsave) {
    EXPECT_EXIT(switch_with(true, ~0u), testing::ExitedWithCode(0), "");
}
TEST_F(fpu, xsave) {
    EXPECT_EXIT(switch_with(false, ~0u), testing::ExitedWithCode(0), "");
}
TEST_F(fpu, xsaveopt) {
    if (!processor_has(has_xsaveopt))
        GTEST_SKIP() << "this processor has no XSAVEOPT";
    EXPECT_EXIT(switch_with(false, has_xsavec | has_xsaves), testing::ExitedWithCode(0), "");
}
TEST_F(fpu, xsavec) {
    if (!processor_has(has_xsavec))
        GTEST_SKIP() << "this processor has no XSAVEC";
    EXPECT_EXIT(switch_with(false, has_xsaves), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace osprey::arch
