// SPDX-License-Identifier: BSD-3-Clause
// Weights and changes of them. The order of the ready threads is in run_order.hh, switching in
// switch.cc, moving threads between CPUs in balance.cc.
#include <sched/run_order.hh>

#include <base/assert.hh>

namespace osprey::sched {

OSPREY_PER_CPU(runqueue, runqueues);
constinit cycle_spans spans{};

namespace {

// Weight of nice -20…19: each step is 25 % more or less CPU time against a competitor, as
// sched(7) leads programs to expect.
constexpr u32 nice_weights[40] = {
    88761, 71755, 56483, 46273, 36291, 29154, 23254, 18705, 14949, 11916, 9548, 7620, 6100, 4904,
    3906,  3121,  2501,  1991,  1586,  1277,  1024,  820,   655,   526,   423,  335,  272,  215,
    172,   137,   110,   87,    70,    56,    45,    36,    29,    23,    18,   15};
constexpr u32 idle_policy_weight = 3;

}  // namespace

u64 cycles_to_ns(u64 cycles) noexcept {
    const auto& c = arch::clock_calibration();
    return static_cast<u64>(static_cast<unsigned __int128>(cycles) * c.multiplier >> c.shift);
}

void runqueue::set_weight(thread& t, scheduling how) noexcept {
    t.scheduling_ = how;
    t.weight_ = how.kind == policy::idle ? idle_policy_weight : nice_weights[how.nice + 20];
    t.inverse_weight_ = static_cast<u32>((u64{1} << 32) / t.weight_);
    t.urgency_ = t.ceiling_ ? 99 : t.real_time_priority();
}

void runqueue::change_scheduling(thread& t, scheduling how) noexcept {
    if (!t.attached_.load(std::memory_order_relaxed)) {
        set_weight(t, how);
        return;
    }
    const bool queued = t.queued_;
    account();
    if (!real_time(t))  // what it is owed is kept while it competes with an inherited priority
        t.lag_ = static_cast<i64>(average() - t.key_);
    if (queued)
        erase(t);
    set_weight(t, how);
    set_key(t);
    if (queued)
        insert(t);
    if (first_ && first_->key_ < running_->key_)
        arch::this_cpu().need_resched = 1;
}

/// Cycles idle, the present stretch included, which nobody accounts for until it ends.
u64 runqueue::idle_cycles() const noexcept {
    for (;;) {
        const u64 before = __atomic_load_n(&cycles_idle_, __ATOMIC_ACQUIRE);
        const u64 since = __atomic_load_n(&stretch_started_, __ATOMIC_ACQUIRE);
        const bool idle_now = busy_.load(std::memory_order_acquire) == 0;
        if (__atomic_load_n(&cycles_idle_, __ATOMIC_ACQUIRE) != before)
            continue;
        const u64 now = arch::cycle_counter();
        return before + (idle_now && now > since ? now - since : 0);
    }
}

cpu_times runqueue::times() const noexcept {
    const auto busy_ns = [this](time_kind k) noexcept {
        return cycles_to_ns(
            __atomic_load_n(&cycles_busy_[static_cast<unsigned>(k)], __ATOMIC_RELAXED));
    };
    return {.user_ns = busy_ns(time_kind::user),
            .nice_ns = busy_ns(time_kind::nice),
            .system_ns = busy_ns(time_kind::system),
            .idle_ns = cycles_to_ns(idle_cycles()),
            .queued_ns = __atomic_load_n(&queued_ns_, __ATOMIC_RELAXED),
            .switches = __atomic_load_n(&switches_, __ATOMIC_RELAXED)};
}

}  // namespace osprey::sched
