// SPDX-License-Identifier: BSD-3-Clause
#include <sched/runqueue.hh>

namespace osprey::sched {
namespace {

constexpr unsigned fraction_bits = 11;
constexpr u64 one = 1u << fraction_bits;
constexpr u64 sample_ns = 5'000'000'000;
// exp(-5 s / 1, 5, 15 min) in fixed point, as Linux's load averages decay.
constexpr u64 decay[3] = {1884, 2014, 2037};

constinit std::atomic<u64> sampled_at{0}, sampled_load_ns{0};
constinit std::atomic<u32> averages[3] = {};

/// What threads have run and waited for a CPU since boot, all together: grows by 2 s each second
/// while two threads want to run.
u64 load_ns() noexcept {
    u64 sum = 0;
    for (u32 cpu = 0; cpu < arch::cpu_count(); ++cpu) {
        const cpu_times t = times_of(cpu);
        sum += t.user_ns + t.nice_ns + t.system_ns + t.queued_ns;
    }
    return sum;
}

/// A tickless kernel takes its samples when somebody asks: the average load of the time since then
/// stands for each moment of it.
void sample() noexcept {
    const u64 now = arch::now().ns;
    u64 last = sampled_at.load(std::memory_order_relaxed);
    const u64 samples = (now - last) / sample_ns;
    if (samples == 0 || !sampled_at.compare_exchange_strong(last, now, std::memory_order_relaxed))
        return;
    const u64 load = load_ns();
    const u64 before = sampled_load_ns.exchange(load, std::memory_order_relaxed);
    const u64 used = load > before ? load - before : 0;
    const u64 active =
        static_cast<u64>((static_cast<unsigned __int128>(used) << fraction_bits) / (now - last));
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
