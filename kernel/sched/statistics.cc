// SPDX-License-Identifier: BSD-3-Clause
#include <sched/runqueue.hh>

namespace osprey::sched {
namespace {

constexpr unsigned fraction_bits = 11;
constexpr u64 one = 1u << fraction_bits;
constexpr u64 sample_ns = 5'000'000'000;
// exp(-5 s / 1, 5, 15 min) in fixed point, as Linux's load averages decay.
constexpr u64 decay[3] = {1884, 2014, 2037};

constinit std::atomic<u64> sampled_at{0};
constinit std::atomic<u32> averages[3] = {};

/// A tickless kernel takes its samples when somebody asks: the present load stands for all of the
/// time since then.
void sample() noexcept {
    const u64 now = arch::now().ns;
    u64 last = sampled_at.load(std::memory_order_relaxed);
    const u64 samples = (now - last) / sample_ns;
    if (samples == 0 || !sampled_at.compare_exchange_strong(last, last + samples * sample_ns,
                                                            std::memory_order_relaxed))
        return;
    const u64 active = u64{ready_threads()} << fraction_bits;
    for (unsigned i = 0; i < 3; ++i) {
        u64 value = averages[i].load(std::memory_order_relaxed);
        for (u64 n = samples < 1000 ? samples : 1000; n != 0; --n)
            value = (value * decay[i] + active * (one - decay[i])) >> fraction_bits;
        averages[i].store(static_cast<u32>(value), std::memory_order_relaxed);
    }
}

}  // namespace

cpu_times times_of(u32 cpu) noexcept {
    return runqueues.of(cpu).times();
}

u32 ready_threads() noexcept {
    u32 count = 0;
    for (u32 cpu = 0; cpu < arch::cpu_count(); ++cpu)
        if (runqueues.of(cpu).online())
            count += runqueues.of(cpu).load();
    return count;
}

void load_average(u32 out[3]) noexcept {
    sample();
    for (unsigned i = 0; i < 3; ++i)
        out[i] = averages[i].load(std::memory_order_relaxed);
}

}  // namespace osprey::sched
