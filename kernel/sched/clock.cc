// SPDX-License-Identifier: BSD-3-Clause
#include <sched/clock.hh>

#include <atomic>

namespace osprey::sched {
namespace {

constexpr i64 unset = INT64_MIN;
constinit std::atomic<i64> offset{unset};

}  // namespace

i64 realtime_offset() noexcept {
    i64 seen = offset.load(std::memory_order_relaxed);
    if (seen != unset) [[likely]]
        return seen;
    // First use: what the real-time clock said at boot, when the monotonic clock was zero.
    const i64 at_boot = arch::read_real_time_clock() * 1'000'000'000;
    return offset.compare_exchange_strong(seen, at_boot, std::memory_order_relaxed) ? at_boot
                                                                                    : seen;
}

i64 realtime_ns() noexcept {
    return realtime_offset() + static_cast<i64>(monotonic_now().ns);
}

void set_realtime(i64 ns) noexcept {
    offset.store(ns - static_cast<i64>(monotonic_now().ns), std::memory_order_relaxed);
}

}  // namespace osprey::sched
