// SPDX-License-Identifier: BSD-3-Clause
#include <arch/cpu.hh>
#include <linux/cpu_time.hh>
#include <linux/timers.hh>
#include <linux/times.hh>
#include <process/task.hh>

namespace osprey::abi {

i64 interval_timer::now() noexcept {
    switch (clock_) {
        case clock::realtime:
            return sched::realtime_ns();
        case clock::cpu:
            return cpu_.now();
        case clock::monotonic:
            break;
    }
    return static_cast<i64>(sched::monotonic_now().ns);
}

void interval_timer::arm() noexcept {
    if (next_ == 0)
        return;
    switch (clock_) {
        case clock::monotonic:
            alarm_.arm({static_cast<u64>(next_)});
            break;
        case clock::realtime:
            alarm_.arm(of_realtime(next_));
            break;
        case clock::cpu: {
            const i64 left = (next_ - now()) / cpu_.most_parallel();
            // Not closer than a millisecond: Linux looks at CPU timers with its tick, too.
            alarm_.arm(in_ns(left > 1'000'000 ? left : 1'000'000));
            break;
        }
    }
}

void interval_timer::ring(sched::timer& self) noexcept {
    static_cast<alarm&>(self).owner.look();
}

void interval_timer::look() noexcept {
    sync::lock_guard guard{state_};
    if (next_ == 0)
        return;
    const i64 at = now();
    if (at < next_) {  // CPU time, or the real-time clock was put back
        arm();
        return;
    }
    u64 times = 1;
    if (interval_ > 0) {
        times += static_cast<u64>((at - next_) / interval_);
        next_ += static_cast<i64>(times) * interval_;
    } else {
        next_ = 0;
    }
    expired(times);
    arm();
}

interval_timer::setting interval_timer::current() noexcept {
    setting s;
    s.interval = interval_;
    if (next_ != 0) {
        s.left = next_ - now();
        if (s.left <= 0)
            s.left = 1;  // due, but not yet seen: not 0, which says "not running"
    }
    return s;
}

interval_timer::setting interval_timer::set(i64 value, i64 interval, bool absolute) noexcept {
    sync::lock_guard one_setter{setting_};
    alarm_.cancel();  // not under state_: the expiry that it waits for takes that
    sync::lock_guard guard{state_};
    const setting before = current();
    interval_ = interval;
    next_ = 0;
    if (value != 0) {
        const i64 far = i64{0x7fff'ffff'ffff'ffff};
        const i64 start = absolute ? 0 : now();
        next_ = value > far - start ? far : start + value;
    }
    arm();
    return before;
}

interval_timer::setting interval_timer::get() noexcept {
    sync::lock_guard guard{state_};
    return current();
}

void interval_timer::stop() noexcept {
    (void)set(0, 0, false);
}

void signal_interval_timer::expired(u64) noexcept {
    proc::signal_info info{};
    info.number = static_cast<i32>(signal_);
    info.code = 0x80;  // SI_KERNEL
    (void)proc::send_signal(owner_, info);
}

}  // namespace osprey::abi
