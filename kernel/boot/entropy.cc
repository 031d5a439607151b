// SPDX-License-Identifier: BSD-3-Clause
#include <arch/clock.hh>
#include <arch/cpu.hh>
#include <arch/random.hh>
#include <base/log.hh>
#include <boot/boot_info.hh>
#include <boot/entropy.hh>
#include <cstring>
#include <sched/clock.hh>
#include <sync/random_pool.hh>

namespace osprey::boot {
namespace {

/// Samples of a bit or so each: many when there is nothing better, a few in any case, because a
/// processor's generator is only as good as its maker.
constexpr usize few_samples = 64, many_samples = 1024;

/// Differs between machines and boots, but can be guessed: never counted on.
struct boot_facts {
    u64 entry_cycles;
    u64 cycles;
    i64 time_of_day;  // ns
    u64 frequency;
    u64 rsdp;
};

template <typename T>
void add(const T& what) noexcept {
    add_entropy({reinterpret_cast<const u8*>(&what), sizeof what});
}

}  // namespace

void seed_random_pool() noexcept {
    u64 words[64];
    const usize from_cpu = arch::hardware_random(words, 64);
    add_entropy({reinterpret_cast<const u8*>(words), from_cpu});

    const usize samples = from_cpu == 0 ? many_samples : few_samples;
    for (usize done = 0; done < samples; done += std::size(words)) {
        arch::timing_noise(words, sizeof words);
        add(words);
    }
    std::memset(words, 0, sizeof words);

    add(boot_facts{info().entry_cycles, arch::cycle_counter(), sched::realtime_ns(),
                   arch::cycle_frequency(), raw(info().rsdp)});
    const std::string_view line = info().command_line;
    add_entropy({reinterpret_cast<const u8*>(line.data()), line.size()});
    log::debug("random pool: {} bytes from the processor, {} clock samples", from_cpu, samples);
}

}  // namespace osprey::boot
