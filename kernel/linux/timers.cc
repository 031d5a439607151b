// SPDX-License-Identifier: BSD-3-Clause
//
// setitimer(2), alarm(2) and the POSIX timers.
#include <linux/semaphore_set.hh>
#include <linux/syscalls.hh>
#include <linux/timers.hh>
#include <linux/times.hh>
#include <process/task.hh>

namespace osprey::abi {

process_objects::process_objects(proc::process& p) noexcept
    : real{p, interval_timer::clock::monotonic, proc::signal::alarm},
      virtual_time{p, cpu_clock::part::user, proc::signal::vtalarm},
      profiling{p, cpu_clock::part::all, proc::signal::prof},
      owner_{p} {}

process_objects::~process_objects() = default;

result<process_objects*> process_objects::of(proc::process& p) noexcept {
    if (proc::process_extension* there = p.extension.load(std::memory_order_acquire))
        return static_cast<process_objects*>(there);
    auto fresh = TRY(make_unique<process_objects>(p));
    proc::process_extension* nobody = nullptr;
    if (!p.extension.compare_exchange_strong(nobody, fresh.get(), std::memory_order_acq_rel))
        return static_cast<process_objects*>(nobody);
    return fresh.release();
}

result<refptr<async_pool>> process_objects::async() noexcept {
    sync::lock_guard guard{mutex};
    if (!async_)
        async_ = TRY(async_pool::create(owner_));
    return async_;
}

void process_objects::program_leaves() noexcept {
    refptr<async_pool> pool;
    {
        sync::lock_guard guard{mutex};
        pool = std::move(async_);
        async_ = {};
    }
    if (pool)
        pool->stop();
    sync::lock_guard guard{mutex};
    aio_contexts.clear();
}

void process_objects::program_replaced() noexcept {
    // Interval timers go on in the new program; POSIX timers and attachments do not (execve(2)).
    sync::lock_guard guard{mutex};
    for (auto& t : timers)
        t->stop();
    timers.clear();
    detach_all(*this);
}

result<void> process_objects::memory_copied(proc::process& child) noexcept {
    {
        sync::lock_guard guard{mutex};
        if (attachments.empty())
            return ok;
    }
    return attach_copies(*this, *TRY(of(child)));
}

void process_objects::process_ended() noexcept {
    real.stop();
    virtual_time.stop();
    profiling.stop();
    program_leaves();
    program_replaced();
    give_back_semaphores(*this);
}

namespace {

abi_itimerval to_itimerval(const interval_timer::setting& s) noexcept {
    abi_itimerval v{to_timeval(s.interval), to_timeval(s.left)};
    if (s.left && !v.value.seconds && !v.value.microseconds)
        v.value.microseconds = 1;
    return v;
}
abi_itimerspec to_itimerspec(const interval_timer::setting& s) noexcept {
    return {to_timespec(s.interval), to_timespec(s.left)};
}

result<interval_timer*> interval_timer_of(i32 which) noexcept {
    process_objects* objects = TRY(process_objects::of(proc::current_process()));
    switch (which) {
        case itimer_names::itimer_real:
            return static_cast<interval_timer*>(&objects->real);
        case itimer_names::itimer_virtual:
            return static_cast<interval_timer*>(&objects->virtual_time);
        case itimer_names::itimer_prof:
            return static_cast<interval_timer*>(&objects->profiling);
        default:
            return errc::invalid_argument;
    }
}

}  // namespace

reply calls::getitimer(choice<itimer_names> which, out<abi_itimerval> value) noexcept {
    return value.store(to_itimerval(TRY(interval_timer_of(which.value()))->get()));
}

reply calls::setitimer(choice<itimer_names> which, maybe_in<abi_itimerval> next,
                       maybe_out<abi_itimerval> previous) noexcept {
    abi_itimerval given{};
    if (next)  // a null pointer stops the timer, an old mistake that Linux keeps
        given = TRY(next.load());
    const i64 value = TRY(to_ns(given.value)), interval = TRY(to_ns(given.interval));
    const auto before =
        TRY(interval_timer_of(which.value()))->set(value, value ? interval : 0, false);
    if (previous)
        TRY_VOID(previous.store(to_itimerval(before)));
    return done;
}

reply calls::alarm(u32 seconds) noexcept {
    const auto before = TRY(interval_timer_of(itimer_names::itimer_real))
                            ->set(i64{seconds} * ns_per_second, 0, false);
    // Rounded to the nearest second, but what is left is never told as 0.
    i64 left = (before.left + ns_per_second / 2) / ns_per_second;
    if (before.left && left == 0)
        left = 1;
    return left;
}

// POSIX timers

namespace {

constexpr i32 sigev_signal = 0, sigev_none = 1, sigev_thread = 2, sigev_thread_id = 4;
constexpr usize timer_limit = 1024;  // of one process; Linux counts them to RLIMIT_SIGPENDING

result<interval_timer::clock> timer_clock(i32 clock) noexcept {
    switch (clock) {
        case clock_names::clock_realtime:
        case clock_names::clock_realtime_alarm:
        case clock_names::clock_tai:
            return interval_timer::clock::realtime;
        case clock_names::clock_monotonic:
        case clock_names::clock_boottime:
        case clock_names::clock_boottime_alarm:
            return interval_timer::clock::monotonic;
        case clock_names::clock_monotonic_raw:
        case clock_names::clock_monotonic_coarse:
        case clock_names::clock_realtime_coarse:
            return errc::not_supported;
        default:
            return errc::invalid_argument;
    }
}

/// Calls `use` with the timer of that number, which cannot go meanwhile.
template <typename Use>
reply with_timer(i32 id, Use&& use) noexcept {
    process_objects* objects = TRY(process_objects::of(proc::current_process()));
    sync::lock_guard guard{objects->mutex};
    for (auto& t : objects->timers)
        if (t->id() == id)
            return use(*t);
    return errc::invalid_argument;
}

}  // namespace

posix_timer::posix_timer(proc::process& owner, clock which, i32 id, const abi_sigevent& event,
                         refptr<proc::task> target) noexcept
    : interval_timer{owner, which}, id_{id}, event_{event}, target_{std::move(target)} {}

posix_timer::posix_timer(proc::process& owner, cpu_clock which, i32 id, const abi_sigevent& event,
                         refptr<proc::task> target) noexcept
    : interval_timer{owner, std::move(which)}, id_{id}, event_{event}, target_{std::move(target)} {}

posix_timer::~posix_timer() {
    stop();
}

void posix_timer::expired(u64 times) noexcept {
    if (event_.notify == sigev_none)
        return;
    const auto signal = static_cast<proc::signal>(event_.signal);
    const proc::signal_set waiting =
        target_ ? target_->pending.pending() : owner_.pending.pending();
    missed_ += times;
    // One signal of a timer waits at a time; what expires meanwhile is counted (timer_getoverrun).
    if (waiting.contains(signal))
        return;
    proc::signal_info info{};
    info.number = event_.signal;
    info.code = -2;  // SI_TIMER
    info.timer.timer_id = id_;
    info.timer.overrun = static_cast<i32>(missed_ - 1);
    info.timer.value = event_.value;
    overrun_ = info.timer.overrun;
    missed_ = 0;
    if (target_)
        (void)proc::send_signal(*target_, info);
    else
        (void)proc::send_signal(owner_, info);
}

reply calls::timer_create(choice<clock_names> clock, maybe_in<abi_sigevent> event,
                          out<i32> id) noexcept {
    proc::process& p = proc::current_process();
    abi_sigevent wanted{};
    wanted.signal = static_cast<i32>(proc::signal::alarm);
    if (event)
        wanted = TRY(event.load());
    const bool counts_cpu_time = is_cpu_clock(clock.value());
    cpu_clock cpu{};
    auto which = interval_timer::clock::cpu;
    if (counts_cpu_time)
        cpu = TRY(find_cpu_clock(clock.value()));
    else
        which = TRY(timer_clock(clock.value()));
    refptr<proc::task> target;
    if (wanted.notify == sigev_thread_id) {
        target = proc::find_task(wanted.tid);
        if (!target || &target->owner() != &p)
            return errc::invalid_argument;
    } else if (wanted.notify != sigev_signal && wanted.notify != sigev_none &&
               wanted.notify != sigev_thread) {
        return errc::invalid_argument;
    }
    if (wanted.notify != sigev_none &&
        (wanted.signal < 1 || wanted.signal > static_cast<i32>(proc::signal_count)))
        return errc::invalid_argument;

    process_objects* objects = TRY(process_objects::of(p));
    sync::lock_guard guard{objects->mutex};
    if (objects->timers.size() >= timer_limit)
        return errc::again;
    const i32 number = objects->next_timer;
    if (!event)
        wanted.value = static_cast<u64>(number);
    auto timer =
        counts_cpu_time
            ? TRY(make_unique<posix_timer>(p, std::move(cpu), number, wanted, std::move(target)))
            : TRY(make_unique<posix_timer>(p, which, number, wanted, std::move(target)));
    TRY_VOID(id.store(number));
    TRY_VOID(objects->timers.push_back(std::move(timer)));
    objects->next_timer = (number + 1) & 0x7fff'ffff;
    return done;
}

reply calls::timer_settime(i32 id, flags<timer_set_flags> how, in<abi_itimerspec> next,
                           maybe_out<abi_itimerspec> previous) noexcept {
    if (!next)
        return errc::invalid_argument;
    const abi_itimerspec given = TRY(next.load());
    const i64 value = TRY(to_ns(given.value)), interval = TRY(to_ns(given.interval));
    return with_timer(id, [&](posix_timer& t) -> reply {
        const auto before = t.set(value, interval, how.has(timer_set_flags::timer_abstime));
        if (previous)
            TRY_VOID(previous.store(to_itimerspec(before)));
        return done;
    });
}

reply calls::timer_gettime(i32 id, out<abi_itimerspec> value) noexcept {
    return with_timer(id,
                      [&](posix_timer& t) -> reply { return value.store(to_itimerspec(t.get())); });
}

reply calls::timer_getoverrun(i32 id) noexcept {
    return with_timer(id, [](posix_timer& t) -> reply { return t.overrun(); });
}

reply calls::timer_delete(i32 id) noexcept {
    process_objects* objects = TRY(process_objects::of(proc::current_process()));
    sync::lock_guard guard{objects->mutex};
    for (usize i = 0; i < objects->timers.size(); ++i)
        if (objects->timers[i]->id() == id) {
            objects->timers.erase(i);
            return done;
        }
    return errc::invalid_argument;
}

}  // namespace osprey::abi
