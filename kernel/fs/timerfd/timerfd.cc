// SPDX-License-Identifier: BSD-3-Clause
#include <cstring>
#include <fs/timerfd/timerfd.hh>
#include <sched/clock.hh>
#include <sched/timer.hh>
#include <vfs/poll.hh>

namespace osprey::fs {

namespace {

enum : int {
    clock_realtime = 0,
    clock_monotonic = 1,
    clock_boottime = 7,
    clock_realtime_alarm = 8,
    clock_boottime_alarm = 9
};

class timerfd_file final : public vfs::file {
public:
    timerfd_file(int clock, u32 flags) noexcept
        : file{nullptr, vfs::o_rdwr | (flags & vfs::o_nonblock)}, clock_{clock} {
        alarm_.owner = this;
    }

    void released() noexcept override { alarm_.cancel(); }

    result<usize> read(vfs::io_buffer& to) noexcept override {
        if (to.remaining() < sizeof(u64))
            return errc::invalid_argument;
        for (;;) {
            const u64 times = take_expirations();
            if (times != 0)
                return TRY(to.put(&times, sizeof(times)));
            if (nonblocking())
                return errc::again;
            if (!expired_.wait([this] { return ready_.load(std::memory_order_acquire); }))
                return errc::restart_always;
        }
    }
    result<usize> write(vfs::io_buffer&) noexcept override { return errc::invalid_argument; }
    result<usize> read_at(vfs::io_buffer&, u64) noexcept override { return errc::illegal_seek; }

    u32 poll(vfs::poll_registration* w) noexcept override {
        if (w)
            w->subscribe(expired_);
        return ready_.load(std::memory_order_acquire) ? vfs::poll_in | vfs::poll_rdnorm : 0u;
    }

    timer_setting get() noexcept {
        sync::lock_guard guard{mutex_};
        return remaining();
    }

    result<timer_setting> set(u32 flags, const timer_setting& next) noexcept {
        constexpr u32 absolute = 1, cancel_on_set = 2;
        if ((flags & ~(absolute | cancel_on_set)) || next.value_ns < 0 || next.interval_ns < 0)
            return errc::invalid_argument;
        sync::lock_guard guard{mutex_};
        alarm_.cancel();
        const timer_setting before = remaining();
        interval_ns_ = next.interval_ns;
        ready_.store(false, std::memory_order_release);
        deadline_ = instant::never();
        if (next.value_ns != 0) {
            if (!(flags & absolute)) {
                deadline_ = sched::monotonic_now() + duration{next.value_ns};
            } else {
                i64 at = next.value_ns;
                if (clock_ == clock_realtime || clock_ == clock_realtime_alarm)
                    at -= sched::realtime_offset();
                deadline_ = instant{at > 0 ? static_cast<u64>(at) : 0};
            }
            alarm_.arm(deadline_);
        }
        return before;
    }

    usize describe(char* to, usize room) const noexcept override {
        constexpr std::string_view text = "anon_inode:[timerfd]";
        const usize n = text.size() < room ? text.size() : room;
        std::memcpy(to, text.data(), n);
        return n;
    }
    [[nodiscard]] bool is_timerfd() const noexcept override { return true; }

private:
    struct alarm : sched::timer {
        alarm() noexcept : timer{&fired} {}
        static void fired(sched::timer& self) noexcept {
            auto& f = *static_cast<alarm&>(self).owner;
            f.ready_.store(true, std::memory_order_release);
            f.expired_.wake_all(vfs::poll_in | vfs::poll_rdnorm);
        }
        timerfd_file* owner;
    };

    timer_setting remaining() const noexcept {
        timer_setting s{interval_ns_, 0};
        if (deadline_ == instant::never())
            return s;
        const instant now = sched::monotonic_now();
        i64 left = (deadline_ - now).ns;
        if (left <= 0 && interval_ns_ != 0)
            left = interval_ns_ - (-left) % interval_ns_;
        s.value_ns = left > 0 ? left : (interval_ns_ ? 1 : 0);
        return s;
    }

    /// How often it expired since the last read; periodic timers are armed again here, so an
    /// unread timer costs nothing.
    u64 take_expirations() noexcept {
        sync::lock_guard guard{mutex_};
        const instant now = sched::monotonic_now();
        if (deadline_ == instant::never() || now < deadline_)
            return 0;
        u64 times = 1;
        if (interval_ns_ == 0) {
            deadline_ = instant::never();
            ready_.store(false, std::memory_order_release);
            return times;
        }
        times += static_cast<u64>((now - deadline_).ns) / static_cast<u64>(interval_ns_);
        deadline_ = instant{deadline_.ns + times * static_cast<u64>(interval_ns_)};
        ready_.store(false, std::memory_order_release);
        alarm_.arm(deadline_);
        return times;
    }

    const int clock_;
    sync::mutex mutex_{sync::lock_rank::file};
    i64 interval_ns_ = 0;
    instant deadline_ = instant::never();
    std::atomic<bool> ready_{false};
    sync::wait_queue expired_;
    alarm alarm_;
};

}  // namespace

result<refptr<vfs::file>> make_timerfd(int clock, u32 flags) noexcept {
    switch (clock) {
        case clock_realtime:
        case clock_monotonic:
        case clock_boottime:
        case clock_realtime_alarm:
        case clock_boottime_alarm:
            break;
        default:
            return errc::invalid_argument;
    }
    if (flags & ~(vfs::o_nonblock | vfs::o_cloexec))
        return errc::invalid_argument;
    return TRY(make_ref<timerfd_file>(clock, flags));
}

result<timer_setting> set_timerfd(vfs::file& f, u32 flags, const timer_setting& next) noexcept {
    if (!f.is_timerfd())
        return errc::invalid_argument;
    return static_cast<timerfd_file&>(f).set(flags, next);
}

result<timer_setting> get_timerfd(vfs::file& f) noexcept {
    if (!f.is_timerfd())
        return errc::invalid_argument;
    return static_cast<timerfd_file&>(f).get();
}

}  // namespace osprey::fs
