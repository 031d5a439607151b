// SPDX-License-Identifier: BSD-3-Clause
// Time as every CPU sees it: never backwards, at the right rate, and timers that are not early.
#include <arch/clock.hh>
#include <base/log.hh>
#include <sched/scheduler.hh>
#include <sched/self_test.hh>
#include <sync/semaphore.hh>

namespace osprey::sched {
namespace {

constexpr u32 rounds = 20'000;

constinit std::atomic<u64> latest{0};
constinit std::atomic<u32> steps_back{0};
constinit std::atomic<u64> largest_step{0};
constinit std::atomic<u32> early{0};
constinit sync::semaphore done{0};

void raise(std::atomic<u64>& to, u64 value) noexcept {
    u64 present = to.load(std::memory_order_relaxed);
    while (value > present && !to.compare_exchange_weak(present, value)) {
    }
}

/// What another CPU has published is the past: a clock that shows less has gone backwards.
void look_at_clock(u32 round) noexcept {
    const u64 floor = latest.load(std::memory_order_acquire);
    const u64 present = arch::now().ns;
    if (present < floor) {
        steps_back.fetch_add(1);
        raise(largest_step, floor - present);
    }
    raise(latest, present);
    if (round % 256 == 0)
        yield();
}

void look_at_timer() noexcept {
    for (u32 i = 1; i <= 20; ++i) {
        const instant due = arch::now() + duration::microseconds(100 * i);
        (void)sleep_until(due, wait_mode::uninterruptible);
        if (arch::now() < due)
            early.fetch_add(1);
    }
}

void watch(void*) noexcept {
    for (u32 i = 0; i < rounds; ++i)
        look_at_clock(i);
    look_at_timer();
    done.release();
}

/// ns that pass between two seconds of the real-time clock; 0: there is no such clock.
u64 length_of_a_second() noexcept {
    const auto wait_for_change = [](i64 from) noexcept {
        const instant give_up = arch::now() + duration::seconds(20);
        while (arch::read_real_time_clock() == from)
            if (arch::now() > give_up)
                return false;
        return true;
    };
    const i64 first = arch::read_real_time_clock();
    if (!wait_for_change(first))
        return 0;
    const instant start = arch::now();
    const i64 second = arch::read_real_time_clock();
    return wait_for_change(second) ? (arch::now() - start).ns : 0;
}

/// A host that is busy delays either end of a second; a wrong calibration is off each time.
bool rate_is_right() noexcept {
    constexpr u32 tries = 8;
    for (u32 i = 0; i < tries; ++i) {
        const u64 second = length_of_a_second();
        log::notice("selftest: a second of the real-time clock takes {} us", second / 1000);
        if (second == 0 || (second > 800'000'000 && second < 1'250'000'000))
            return true;
    }
    return false;
}

}  // namespace

bool clock_self_test() noexcept {
    u32 started = 0;
    for (u32 cpu = 0; cpu < arch::cpu_count(); ++cpu) {
        auto t = thread::create("clock", watch, nullptr);
        if (!t || !(*t)->set_affinity(cpu_mask::only(cpu)))
            continue;
        (*t)->start();
        ++started;
    }
    for (u32 i = 0; i < started; ++i)
        (void)done.acquire(wait_mode::uninterruptible);
    log::notice("selftest: {} of {} CPUs looked, {} steps back, the largest {} ns, {} timers early",
                started, arch::cpu_count(), steps_back.load(), largest_step.load(), early.load());
    return started == arch::cpu_count() && steps_back == 0 && early == 0 && rate_is_right();
}

}  // namespace osprey::sched
