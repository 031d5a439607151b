// SPDX-License-Identifier: BSD-3-Clause
#include <sched/self_test_crew.hh>

#include <arch/clock.hh>

namespace osprey::sched::self_testing {
namespace {

/// What a thread that computes got: for how long in all, how often, and the longest turn.
struct share {
    std::atomic<u64> used{0}, turns{0};
    u64 longest = 0;

    /// Computes in small pieces until told to stop.
    void use_cpu(const std::atomic<bool>& stop) noexcept {
        u64 began = current().cpu_time_ns(), last = current().statistics().switches;
        for (;;) {
            for (int i = 0; i < 1000; ++i)
                arch::relax();
            const u64 now = current().cpu_time_ns(), seen = current().statistics().switches;
            if (now - began > longest)
                longest = now - began;
            if (seen != last) {
                began = now;
                last = seen;
                turns.fetch_add(1);
            }
            used = now;
            if (stop)
                return;
        }
    }
};

}  // namespace

/// Two threads share a CPU as their nice values say. A host that is busy takes the CPU away for
/// longer than the test takes and the clock does not tell, so what counts is that the two are never
/// further apart than their longest turns.
void test_shares() noexcept {
    constexpr u64 enough_turns = 12, weights[2] = {1024, 335};
    static constinit std::atomic<bool> stop;
    static constinit share shares[2];
    stop = false;
    crew threads;
    for (i8 nice : {0, 5})
        threads.add([](u32 number) { shares[number].use_cpu(stop); }, {.nice = nice},
                    cpu_mask::only(0));
    for (const share& s : shares)
        while (s.turns < enough_turns)
            (void)sleep_until(arch::now() + duration::milliseconds(5), wait_mode::uninterruptible);
    stop = true;
    threads.join();
    u64 virtual_time[2], longest = 0;
    for (int i : {0, 1}) {
        virtual_time[i] = shares[i].used * weights[0] / weights[i];
        const u64 turn = shares[i].longest * weights[0] / weights[i];
        longest = turn > longest ? turn : longest;
    }
    const u64 apart = virtual_time[0] > virtual_time[1] ? virtual_time[0] - virtual_time[1]
                                                        : virtual_time[1] - virtual_time[0];
    log::notice("selftest: nice 0 got {} % of nice 5 (305 is right)",
                shares[0].used * 100 / shares[1].used);
    check(apart <= 2 * longest + duration::milliseconds(3).ns, "shares by nice");
}

}  // namespace osprey::sched::self_testing
