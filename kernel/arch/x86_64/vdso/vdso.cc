// SPDX-License-Identifier: BSD-3-Clause
// The vDSO (vdso(7)): clock calls that need no system call. Built as a shared object of its own,
// position independent, without relocations; it runs as part of the application.
#include <arch/vdso.hh>

namespace {

using namespace osprey;

struct kernel_timespec {
    i64 seconds, nanoseconds;
};
struct kernel_timeval {
    i64 seconds, microseconds;
};

enum system_call : long {
    call_gettimeofday = 96,
    call_clock_gettime = 228,
    call_clock_getres = 229
};
// clock_gettime(2)
constexpr int clock_realtime = 0, clock_monotonic = 1, clock_monotonic_raw = 4,
              clock_realtime_coarse = 5, clock_monotonic_coarse = 6, clock_boottime = 7,
              clock_tai = 11;
constexpr unsigned realtime_clocks =
    1u << clock_realtime | 1u << clock_realtime_coarse | 1u << clock_tai;
constexpr unsigned monotonic_clocks = 1u << clock_monotonic | 1u << clock_monotonic_raw |
                                      1u << clock_monotonic_coarse | 1u << clock_boottime;
constexpr u64 ns_per_second = 1'000'000'000;

}  // namespace

extern "C" [[gnu::visibility("hidden")]] const arch::vdso_data vdso_data_page;

namespace {

long ask_kernel(long number, long first, void* second) noexcept {
    long answer;
    asm volatile("syscall"
                 : "=a"(answer)
                 : "a"(number), "D"(first), "S"(second)
                 : "rcx", "r11", "memory");
    return answer;
}

u64 monotonic_ns(const arch::vdso_data& data) noexcept {
    u32 low, high;
    asm volatile("lfence; rdtsc" : "=a"(low), "=d"(high)::"memory");
    const u64 cycles = (u64{high} << 32 | low) - data.base_tsc;
    const auto product = static_cast<unsigned __int128>(cycles) * data.multiplier;
    // The shift is between 1 and 63
    const u64 ns = static_cast<u64>(product) >> data.shift | static_cast<u64>(product >> 64)
                                                                 << (64 - data.shift);
    return data.base_ns + ns;
}

u64 realtime_ns(const arch::vdso_data& data) noexcept {
    for (;;) {
        const u32 before = data.sequence.load(std::memory_order_acquire);
        const i64 offset = data.realtime_offset.load(std::memory_order_relaxed);
        const u64 now = monotonic_ns(data);
        std::atomic_thread_fence(std::memory_order_acquire);
        if (data.sequence.load(std::memory_order_relaxed) == before && !(before & 1))
            return now + static_cast<u64>(offset);
    }
}

}  // namespace

extern "C" {

int __vdso_clock_gettime(int clock, kernel_timespec* out) noexcept {
    const arch::vdso_data& data = vdso_data_page;
    if (static_cast<unsigned>(clock) < 32 && data.usable) [[likely]] {
        const unsigned bit = 1u << clock;
        if (bit & (realtime_clocks | monotonic_clocks)) [[likely]] {
            const u64 ns = bit & realtime_clocks ? realtime_ns(data) : monotonic_ns(data);
            out->seconds = static_cast<i64>(ns / ns_per_second);
            out->nanoseconds = static_cast<i64>(ns % ns_per_second);
            return 0;
        }
    }
    return static_cast<int>(ask_kernel(call_clock_gettime, clock, out));
}

int __vdso_gettimeofday(kernel_timeval* out, void* zone) noexcept {
    const arch::vdso_data& data = vdso_data_page;
    if (!data.usable || zone)
        return static_cast<int>(ask_kernel(call_gettimeofday, reinterpret_cast<long>(out), zone));
    if (out) {
        const u64 ns = realtime_ns(data);
        out->seconds = static_cast<i64>(ns / ns_per_second);
        out->microseconds = static_cast<i64>(ns % ns_per_second / 1000);
    }
    return 0;
}

i64 __vdso_time(i64* out) noexcept {
    kernel_timespec now;
    __vdso_clock_gettime(clock_realtime, &now);
    if (out)
        *out = now.seconds;
    return now.seconds;
}

int __vdso_getcpu(unsigned* cpu, unsigned* node, void*) noexcept {
    // Application and kernel share the ring, and GS leads to the CPU's block (arch/cpu.hh).
    unsigned id;
    asm volatile("movl %%gs:40, %0" : "=r"(id));
    if (cpu)
        *cpu = id;
    if (node)
        *node = 0;
    return 0;
}

int __vdso_clock_getres(int clock, kernel_timespec* out) noexcept {
    return static_cast<int>(ask_kernel(call_clock_getres, clock, out));
}
}

// The same functions under their C names; the C library's headers declare those otherwise.
#define ALSO_CALLED(name) \
    asm(".weak " #name "\n.type " #name ", @function\n.set " #name ", __vdso_" #name)
ALSO_CALLED(clock_gettime);
ALSO_CALLED(gettimeofday);
ALSO_CALLED(time);
ALSO_CALLED(getcpu);
ALSO_CALLED(clock_getres);
