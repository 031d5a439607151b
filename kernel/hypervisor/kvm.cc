// SPDX-License-Identifier: BSD-3-Clause
#include <arch/cpu.hh>
#include <arch/machine.hh>
#include <arch/paging.hh>
#include <arch/per_cpu.hh>
#include <atomic>
#include <hypervisor/detect.hh>
#include <hypervisor/kvm.hh>

namespace osprey::hypervisor::kvm {
namespace {

constexpr auto msr_wall_clock = static_cast<arch::msr>(0x4b564d00);
constexpr auto msr_system_time = static_cast<arch::msr>(0x4b564d01);
constexpr u32 feature_clock = 1 << 3;

/// Written by the hypervisor; `version` is odd while it writes.
struct alignas(32) clock_page {
    u32 version;
    u32 padding;
    u64 cycles;       // time-stamp counter at ...
    u64 nanoseconds;  // ... this time
    u32 multiplier;   // fraction of 2^32, after shifting
    i8 shift;
    u8 flags;
    u8 padding2[2];
};
static_assert(sizeof(clock_page) == 32);
constexpr u8 flag_stable = 1;  // all CPUs see one time

OSPREY_PER_CPU(clock_page, page);
constinit std::atomic<u64> last_read{0};

struct alignas(4) wall_clock {
    u32 version, seconds, nanoseconds;
};
constinit wall_clock wall;

u64 physical_of(const void* p) noexcept {
    const u64 address = reinterpret_cast<u64>(p);
    return address >= arch::kernel_image_base ? address - arch::kernel_image_base
                                              : address - arch::direct_map_base;
}

}  // namespace

bool has_clock() noexcept {
    return running() == kind::kvm && arch::cpuid(base_leaf() + 1).eax & feature_clock;
}

void enable_clock() noexcept {
    arch::write_msr(msr_system_time, physical_of(&page.mine()) | 1);
}

u64 read_clock() noexcept {
    arch::preempt_guard stay;
    const volatile clock_page& p = page.mine();
    u64 ns;
    u8 flags;
    u32 version;
    do {
        version = p.version;
        std::atomic_signal_fence(std::memory_order_seq_cst);
        u64 delta = arch::ordered_cycle_counter() - p.cycles;
        const i8 shift = p.shift;
        delta = shift >= 0 ? delta << shift : delta >> -shift;
        ns = p.nanoseconds +
             static_cast<u64>(static_cast<unsigned __int128>(delta) * p.multiplier >> 32);
        flags = p.flags;
        std::atomic_signal_fence(std::memory_order_seq_cst);
    } while ((version & 1) || version != p.version);
    if (flags & flag_stable)
        return ns;
    u64 last = last_read.load(std::memory_order_relaxed);
    while (ns > last)
        if (last_read.compare_exchange_weak(last, ns, std::memory_order_relaxed))
            return ns;
    return last;
}

u64 cycle_frequency() noexcept {
    const clock_page& p = page.mine();
    if (p.multiplier == 0)
        return 0;
    const u64 frequency = (u64{1'000'000'000} << 32) / p.multiplier;
    return p.shift >= 0 ? frequency >> p.shift : frequency << -p.shift;
}

i64 read_wall_clock() noexcept {
    arch::write_msr(msr_wall_clock, physical_of(&wall));
    return static_cast<i64>(wall.seconds) + static_cast<i64>(read_clock() / 1'000'000'000);
}

}  // namespace osprey::hypervisor::kvm
