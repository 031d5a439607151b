// SPDX-License-Identifier: BSD-3-Clause
// The processor's random generator: Intel SDM vol. 1 §7.3.17.
#include <algorithm>
#include <arch/cpu.hh>
#include <arch/machine.hh>
#include <arch/random.hh>
#include <cstring>

namespace osprey::arch {
namespace {

constexpr u32 has_rdrand = 1u << 30;  // leaf 1, ECX
constexpr u32 has_rdseed = 1u << 18;  // leaf 7, EBX

bool rdrand(u64& value) noexcept {
    bool good;
    asm volatile("rdrand %0; setc %1" : "=r"(value), "=qm"(good)::"cc");
    return good;
}
bool rdseed(u64& value) noexcept {
    bool good;
    asm volatile("rdseed %0; setc %1" : "=r"(value), "=qm"(good)::"cc");
    return good;
}

/// Both instructions may find their buffer empty: RDRAND hardly ever, RDSEED often when other CPUs
/// ask, too. Ten tries are what the manual advises.
bool try_often(bool (*instruction)(u64&) noexcept, u64& value) noexcept {
    for (unsigned i = 0; i < 10; ++i) {
        if (instruction(value))
            return true;
        relax();
    }
    return false;
}

/// Some processors answer all ones after a sleep and say that all is well.
bool plausible(u64 value) noexcept {
    return value != 0 && value != ~u64{0};
}

}  // namespace

usize hardware_random(void* to, usize bytes) noexcept {
    const bool seeds = cpuid(0).eax >= 7 && cpuid(7, 0).ebx & has_rdseed;
    const bool numbers = cpuid(1).ecx & has_rdrand;
    usize done = 0;
    while (done < bytes) {
        u64 value = 0;
        const bool got =
            (seeds && try_often(rdseed, value)) || (numbers && try_often(rdrand, value));
        if (!got || !plausible(value))
            break;
        const usize n = std::min(bytes - done, sizeof value);
        std::memcpy(static_cast<u8*>(to) + done, &value, n);
        done += n;
    }
    return done;
}

void timing_noise(void* to, usize bytes) noexcept {
    usize done = 0;
    u64 before = cycle_counter();
    while (done < bytes) {
        (void)cpuid(0);  // leaves the guest on every hypervisor
        const u64 after = cycle_counter();
        // the time itself, too: it tells one boot from another
        const u64 sample = (after - before) * 0x9e3779b97f4a7c15 ^ after;
        before = after;
        const usize n = std::min(bytes - done, sizeof sample);
        std::memcpy(static_cast<u8*>(to) + done, &sample, n);
        done += n;
    }
}

}  // namespace osprey::arch
