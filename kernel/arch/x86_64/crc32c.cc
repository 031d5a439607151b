// SPDX-License-Identifier: BSD-3-Clause
// The crc32 instruction of SSE 4.2, which works on general registers: Intel SDM vol. 2.
#include <arch/crc32c.hh>
#include <arch/machine.hh>
#include <atomic>
#include <base/crc32c.hh>

namespace osprey::arch {
namespace {

enum class support : u8 { unknown, absent, present };
constinit std::atomic<support> instruction{support::unknown};

bool has_instruction() noexcept {
    constexpr u32 sse4_2 = 1u << 20;  // leaf 1, ECX
    support known = instruction.load(std::memory_order_relaxed);
    if (known == support::unknown) {
        known = cpuid(1).ecx & sse4_2 ? support::present : support::absent;
        instruction.store(known, std::memory_order_relaxed);
    }
    return known == support::present;
}

inline u64 step(u64 state, const u8* at) noexcept {
    asm("crc32q %1, %0" : "+r"(state) : "m"(*reinterpret_cast<const u64*>(at)));
    return state;
}

}  // namespace

u32 crc32c(u32 state, const u8* data, usize bytes) noexcept {
    if (!has_instruction())
        return crc32c_by_table(state, data, bytes);
    u64 sum = state;
    for (; bytes >= 64; bytes -= 64, data += 64) {
#pragma GCC unroll 8
        for (usize i = 0; i < 64; i += 8)
            sum = step(sum, data + i);
    }
    for (; bytes >= 8; bytes -= 8, data += 8)
        sum = step(sum, data);
    return crc32c_by_table(static_cast<u32>(sum), data, bytes);
}

}  // namespace osprey::arch
