// SPDX-License-Identifier: BSD-3-Clause
//
// Clocks and sleeping.
#include <linux/cpu_time.hh>
#include <linux/syscalls.hh>
#include <linux/times.hh>
#include <process/task.hh>
#include <sched/scheduler.hh>

namespace osprey::abi {
namespace {

using c = clock_names;

/// What the present value of a clock is, in ns.
result<i64> read_clock(i32 clock) noexcept {
    switch (clock) {
        case c::clock_realtime:
        case c::clock_realtime_coarse:
        case c::clock_realtime_alarm:
        case c::clock_tai:
            return sched::realtime_ns();
        case c::clock_monotonic:
        case c::clock_monotonic_raw:
        case c::clock_monotonic_coarse:
        case c::clock_boottime:
        case c::clock_boottime_alarm:
            return static_cast<i64>(sched::monotonic_now().ns);
        case c::clock_thread_cputime_id:
            return static_cast<i64>(proc::current_task().cpu_time_ns());
        default:
            return TRY(find_cpu_clock(clock)).now();
    }
}

constexpr bool is_realtime(i32 clock) noexcept {
    return clock == c::clock_realtime || clock == c::clock_realtime_alarm || clock == c::clock_tai;
}
constexpr bool is_cpu_time(i32 clock) noexcept {
    return clock < 0 || clock == c::clock_process_cputime_id;
}

bool may_set_time() noexcept {
    constexpr unsigned cap_sys_time = 25;
    return proc::current_process().identity.effective >> cap_sys_time & 1;
}

}  // namespace

reply calls::time(maybe_out<i64> seconds) noexcept {
    const i64 now = sched::realtime_ns() / ns_per_second;
    if (seconds)
        TRY_VOID(seconds.store(now));
    return now;
}

reply calls::gettimeofday(maybe_out<abi_timeval> time, maybe_out<abi_timezone> zone) noexcept {
    if (time)
        TRY_VOID(time.store(to_timeval(sched::realtime_ns())));
    if (zone)
        TRY_VOID(zone.store({0, 0}));
    return done;
}

reply calls::settimeofday(maybe_in<abi_timeval> time, maybe_in<abi_timezone> zone) noexcept {
    i64 ns = 0;
    if (time)
        ns = TRY(to_ns(TRY(time.load())));
    if (zone) {
        const abi_timezone z = TRY(zone.load());
        if (z.minutes_west || z.daylight) {
            report_unsupported(0, "a time zone of the kernel", errc::invalid_argument);
            return errc::invalid_argument;
        }
    }
    if (!may_set_time())
        return errc::not_permitted;
    if (time)
        sched::set_realtime(ns);
    return done;
}

reply calls::clock_gettime(choice<clock_names> clock, out<abi_timespec> time) noexcept {
    return time.store(to_timespec(TRY(read_clock(clock.value()))));
}

reply calls::clock_settime(choice<clock_names> clock, in<abi_timespec> time) noexcept {
    if (clock.value() != c::clock_realtime) {
        (void)TRY(read_clock(clock.value()));
        return is_cpu_time(clock.value()) ? errc::not_permitted : errc::invalid_argument;
    }
    const i64 ns = TRY(to_ns(TRY(time.load())));
    if (!may_set_time())
        return errc::not_permitted;
    sched::set_realtime(ns);
    return done;
}

reply calls::clock_getres(choice<clock_names> clock, maybe_out<abi_timespec> resolution) noexcept {
    (void)TRY(read_clock(clock.value()));
    const bool coarse =
        clock.value() == c::clock_realtime_coarse || clock.value() == c::clock_monotonic_coarse;
    if (resolution)
        TRY_VOID(resolution.store({0, coarse ? 4'000'000 : 1}));
    return done;
}

namespace {

/// Tells how much of a relative sleep was left, and has it resumed by restart_syscall(2) when no
/// handler ran.
result<i64> resume_sleep(proc::task::restart_block& block) noexcept;

reply interrupted_sleep(instant deadline, virtual_address left) noexcept {
    if (left)
        TRY_VOID(memory::user_ptr<abi_timespec>{left}.store(to_timespec(left_until(deadline))));
    proc::task::restart_block& block = proc::current_task().restart;
    block.deadline = deadline;
    block.arguments[0] = left;
    block.resume = resume_sleep;
    return errc::restart_block;
}

reply sleep_relative(i64 ns, virtual_address left) noexcept {
    const instant deadline = in_ns(ns);
    if (sched::sleep_until(deadline, sched::wait_mode::interruptible))
        return done;
    return interrupted_sleep(deadline, left);
}

result<i64> resume_sleep(proc::task::restart_block& block) noexcept {
    const instant deadline = block.deadline;
    if (sched::sleep_until(deadline, sched::wait_mode::interruptible))
        return i64{0};
    const reply answer = interrupted_sleep(deadline, block.arguments[0]);
    return static_cast<errc>(-answer.value());
}

/// Sleeps until the CPU-time clock shows `target`: looks again when that is first possible.
reply sleep_cpu_time(i32 clock, i64 target) noexcept {
    for (;;) {
        const i64 left = target - TRY(read_clock(clock));
        if (left <= 0)
            return done;
        if (!sched::sleep_until(in_ns(left), sched::wait_mode::interruptible))
            return errc::restart_no_handler;
    }
}

}  // namespace

reply calls::nanosleep(in<abi_timespec> time, maybe_out<abi_timespec> left) noexcept {
    return sleep_relative(TRY(to_ns(TRY(time.load()))), left.address());
}

reply calls::clock_nanosleep(choice<clock_names> clock, flags<timer_set_flags> how,
                             in<abi_timespec> time, maybe_out<abi_timespec> left) noexcept {
    const i32 id = clock.value();
    const i64 now = TRY(read_clock(id));
    // Clocks that Linux cannot sleep on
    if (id == c::clock_monotonic_raw || id == c::clock_monotonic_coarse ||
        id == c::clock_realtime_coarse || id == c::clock_thread_cputime_id)
        return errc::not_supported;
    // It would wait for itself
    if (id < 0 && id & 4)
        if (const i32 number = ~(id >> 3); number == 0 || number == proc::current_task().tid())
            return errc::invalid_argument;
    const i64 ns = TRY(to_ns(TRY(time.load())));
    const bool absolute = how.has(timer_set_flags::timer_abstime);
    if (is_cpu_time(id))
        return sleep_cpu_time(id, absolute ? ns : now + ns);
    if (!absolute)
        return sleep_relative(ns, left.address());
    const instant deadline = is_realtime(id) ? of_realtime(ns) : instant{static_cast<u64>(ns)};
    if (sched::sleep_until(deadline, sched::wait_mode::interruptible))
        return done;
    return errc::restart_no_handler;
}

// The clock is the host's, which disciplines it: it can be asked, not trimmed.

reply calls::adjtimex(inout<abi_timex> adjustment) noexcept {
    const abi_timex given = TRY(adjustment.load());
    if (given.modes != 0) {
        report_flags(given.modes, errc::not_permitted);
        return errc::not_permitted;
    }
    constexpr i32 not_synchronised = 0x40, nanoseconds = 0x2000;
    constexpr i32 clock_error = 5;  // TIME_ERROR: nobody here knows how good the clock is
    abi_timex now{};
    now.status = not_synchronised;
    now.maximum_error = now.estimated_error = 16'000'000;  // µs, what Linux says then
    now.constant = 2;
    now.precision = 1;
    now.tolerance = 32'768'000;
    now.tick = 10'000;  // µs
    now.time = to_timeval(sched::realtime_ns());
    static_assert(!(not_synchronised & nanoseconds), "`time` is in microseconds");
    TRY_VOID(adjustment.store(now));
    return clock_error;
}

reply calls::clock_adjtime(choice<clock_names> clock, inout<abi_timex> adjustment) noexcept {
    if (clock.value() == clock_names::clock_realtime)
        return adjtimex(adjustment);
    constexpr i32 last = clock_names::clock_tai;
    const bool exists = clock.value() >= 0 && clock.value() <= last &&
                        clock.value() != 10;  // CLOCK_SGI_CYCLE is gone
    if (!exists)
        return errc::invalid_argument;
    (void)TRY(adjustment.load());
    return errc::not_supported;
}

}  // namespace osprey::abi
