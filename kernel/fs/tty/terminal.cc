// SPDX-License-Identifier: BSD-3-Clause
#include <fs/tty/terminal.hh>
#include <memory/user_pointer.hh>
#include <sched/clock.hh>
#include <utility>
#include <vfs/poll.hh>

namespace osprey::fs {

namespace {
constinit std::atomic<job_control*> processes{nullptr};
constexpr int sigttin = 21, sigttou = 22, sigwinch = 28;
constexpr u32 in_events = vfs::poll_in | vfs::poll_rdnorm;
constexpr u32 out_events = vfs::poll_out | vfs::poll_wrnorm;
}  // namespace

void set_job_control(job_control& p) noexcept {
    processes.store(&p, std::memory_order_release);
}
job_control* get_job_control() noexcept {
    return processes.load(std::memory_order_acquire);
}

void terminal::finish_change() noexcept {
    discipline_.send_echoes();
    pull_input();
    const u8* special = discipline_.settings().characters;
    const usize least =
        special[termios::vtime] == 0 && special[termios::vmin] ? special[termios::vmin] : 1;
    ready_.store(discipline_.ready(), std::memory_order_release);
    poll_ready_.store(discipline_.ready(discipline_.by_line() ? 1 : least),
                      std::memory_order_release);
    room_.store(!discipline_.stopped() && device_room() != 0, std::memory_order_release);
    const u32 events = std::exchange(events_, 0), signals = std::exchange(signals_, 0);
    mutex_.unlock();
    tell(events);
    if (events & readable)
        readers_.wake_all(in_events);
    if (events & writable)
        writers_.wake_all(out_events);
    for (int s = 1; s < 32 && signals; ++s)
        if (signals >> s & 1)
            signal_foreground(s);
}

void terminal::signal_foreground(int signal_number) noexcept {
    job_control* p = get_job_control();
    const i32 group = foreground.load(std::memory_order_relaxed);
    if (p && (group != 0 || (speaks_to_all() && session.load(std::memory_order_relaxed) == 0)))
        p->signal_group(group, signal_number);
}

result<void> terminal::open() noexcept {
    change scope{*this};
    TRY_VOID(may_open());
    job_control* p = get_job_control();
    if (exclusive_ && p && !p->privileged())
        return errc::busy;
    return ok;
}

result<usize> terminal::read(vfs::io_buffer& to, user who) noexcept {
    if (hung_up(who.hangups) || to.remaining() == 0)
        return usize{0};
    if (job_control* p = get_job_control())
        TRY_VOID(p->check_foreground(*this, sigttin));
    char piece[256];
    usize done = 0;
    instant deadline = instant::never();
    for (bool first = true;; first = false) {
        usize least = 1;
        const usize before = done;
        {
            change scope{*this};
            bool finished = false;
            while (to.remaining() != 0 && !finished && discipline_.ready()) {
                const usize room = to.remaining() < sizeof(piece) ? to.remaining() : sizeof(piece);
                const usize n = discipline_.take(piece, room, finished);
                auto put = to.put(piece, n);
                if (!put)
                    return done ? result<usize>{done} : put.error();
                done += *put;
            }
            const u8* special = discipline_.settings().characters;
            if (!discipline_.by_line() && special[termios::vmin])
                least = special[termios::vmin];
            if (finished || done >= least || to.remaining() == 0)
                return done;
            // With VMIN the clock runs between characters, without it from the start.
            const i64 tenths = special[termios::vtime];
            if (!discipline_.by_line() &&
                (special[termios::vmin] ? tenths != 0 && done != before : first))
                deadline = sched::monotonic_now() + duration::milliseconds(100 * tenths);
        }
        if (const line now = line_.load(std::memory_order_acquire); now != line::up)
            return done || now == line::ended ? result<usize>{done} : errc::io_error;
        if (hung_up(who.hangups))
            return done;
        if (who.nonblocking)
            return done ? result<usize>{done} : errc::again;
        auto woken = readers_.wait(
            [&] {
                return ready_.load(std::memory_order_acquire) || hung_up(who.hangups) ||
                       line_.load(std::memory_order_acquire) != line::up;
            },
            sched::wait_mode::interruptible, deadline);
        if (!woken) {
            if (woken.error() == errc::timed_out || done != 0)
                return done;
            return errc::restart_always;
        }
    }
}

/// One write(2) after another, so that none is torn apart.
result<void> terminal::claim_writing(user who) noexcept {
    for (;;) {
        if (!writing_.exchange(true, std::memory_order_acq_rel))
            return ok;
        if (who.nonblocking)
            return errc::again;
        if (!writers_.wait([&] { return !writing_.load(std::memory_order_acquire); }))
            return errc::restart_always;
    }
}

void terminal::release_writing() noexcept {
    writing_.store(false, std::memory_order_release);
    writers_.wake_all(out_events);
}

result<usize> terminal::write(vfs::io_buffer& from, user who) noexcept {
    if (hung_up(who.hangups))
        return errc::io_error;
    bool stops_background;
    {
        sync::lock_guard guard{mutex_};
        stops_background = discipline_.settings().local & termios::tostop;
    }
    if (job_control* p = get_job_control(); p && stops_background)
        TRY_VOID(p->check_foreground(*this, sigttou));
    TRY_VOID(claim_writing(who));
    auto written = write_all(from, who);
    release_writing();
    return written;
}

result<usize> terminal::write_all(vfs::io_buffer& from, user who) noexcept {
    char piece[256];
    usize done = 0;
    const auto stop = [&](errc why) {
        return done ? result<usize>{done} : why;
    };
    while (from.remaining() != 0) {
        auto taken = from.take(piece, sizeof(piece));
        if (!taken)
            return stop(taken.error());
        for (usize at = 0; at < *taken;) {
            if (hung_up(who.hangups) || line_.load(std::memory_order_acquire) == line::lost)
                return stop(errc::io_error);
            usize n;
            {
                change scope{*this};
                n = discipline_.write(piece + at, *taken - at);
            }
            at += n, done += n;
            if (n != 0)
                continue;
            if (who.nonblocking)
                return stop(errc::again);
            auto woken = writers_.wait([&] {
                return room_.load(std::memory_order_acquire) || hung_up(who.hangups) ||
                       line_.load(std::memory_order_acquire) == line::lost;
            });
            if (!woken)
                return stop(errc::restart_always);
        }
    }
    return done;
}

u32 terminal::poll(vfs::poll_registration* w, u32 hangups_seen) noexcept {
    if (w) {
        w->subscribe(readers_);
        w->subscribe(writers_);
    }
    if (hung_up(hangups_seen))
        return in_events | out_events | vfs::poll_err | vfs::poll_hup;
    u32 events = 0;
    if (poll_ready_.load(std::memory_order_acquire))
        events |= in_events;
    if (room_.load(std::memory_order_acquire))
        events |= out_events;
    if (line_.load(std::memory_order_acquire) != line::up)
        events |= vfs::poll_in | vfs::poll_hup;
    return events;
}

void terminal::set_window_size(const u16 (&size)[4]) noexcept {
    {
        sync::lock_guard guard{mutex_};
        if (std::memcmp(window_, size, sizeof window_) == 0)
            return;
        std::memcpy(window_, size, sizeof window_);
    }
    signal_foreground(sigwinch);
}

void terminal::hang_up() noexcept {
    {
        change scope{*this};
        hangups_.fetch_add(1, std::memory_order_acq_rel);
        discipline_.drop_input();
        discipline_.hold(false);
        discipline_.start();
        note(readable | writable);
    }
    if (job_control* p = get_job_control())
        p->terminal_hung_up(*this);
}

}  // namespace osprey::fs
