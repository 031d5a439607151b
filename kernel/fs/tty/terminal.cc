// SPDX-License-Identifier: BSD-3-Clause
#include <cstring>
#include <fs/tty/terminal.hh>
#include <memory/user_pointer.hh>
#include <sched/clock.hh>
#include <vfs/device.hh>
#include <vfs/event_wait.hh>
#include <vfs/poll.hh>

namespace osprey::fs {

namespace {

constinit std::atomic<terminal*> the_console{nullptr};
constinit std::atomic<terminal_signal> send_signal{nullptr};
constinit std::atomic<terminal_identity> caller_identity{nullptr};
constexpr int sigwinch = 28;

void signal_foreground(i32 group, int number) noexcept {
    if (auto send = send_signal.load(std::memory_order_acquire))
        send(group, number);
}

}  // namespace

void set_terminal_signal(terminal_signal send) noexcept {
    send_signal.store(send, std::memory_order_release);
}
void set_terminal_identity(terminal_identity of_caller) noexcept {
    caller_identity.store(of_caller, std::memory_order_release);
}

terminal* terminal::console() noexcept {
    return the_console.load(std::memory_order_acquire);
}

/// What the discipline asks for, collected under the mutex and done afterwards.
struct terminal::feeder final : line_discipline::actions {
    void echo(const char* text, usize bytes) noexcept override {
        if (size + bytes > sizeof(output))
            return;
        std::memcpy(output + size, text, bytes);
        size += bytes;
    }
    void signal(int number) noexcept override { signals |= u32{1} << number; }
    char output[1024];
    usize size = 0;
    u32 signals = 0;
};

result<void> terminal::start(drivers::character_port& port, u16 rows, u16 columns) noexcept {
    auto* t = new (std::nothrow) terminal{port};
    if (!t)
        return errc::out_of_memory;
    t->window_[0] = rows;
    t->window_[1] = columns;
    auto thread = sched::thread::create("tty", feed, t);
    if (!thread) {
        delete t;
        return thread.error();
    }
    the_console.store(t, std::memory_order_release);
    (*thread)->start();
    return ok;
}

void terminal::feed(void* self) noexcept {
    auto& t = *static_cast<terminal*>(self);
    for (;;) {
        (void)t.port_.input_arrived.wait([&] { return t.port_.input_ready(); },
                                         sched::wait_mode::uninterruptible);
        char piece[128];
        const usize n = t.port_.read(piece, sizeof(piece));
        if (n == 0)
            continue;
        feeder f;
        {
            sync::lock_guard guard{t.mutex_};
            for (usize i = 0; i < n; ++i)
                t.discipline_.receive(piece[i], f);
            t.ready_.store(t.discipline_.ready(), std::memory_order_release);
        }
        if (f.size != 0) {
            sync::lock_guard guard{t.output_mutex_};
            (void)t.port_.write(f.output, f.size);  // an echo that fails is not an error of anyone
        }
        for (int s = 1; s < 32; ++s)
            if (f.signals >> s & 1)
                signal_foreground(t.foreground_.load(std::memory_order_relaxed), s);
        t.input_ready_.wake_all(vfs::poll_in | vfs::poll_rdnorm);
    }
}

result<usize> terminal::read(vfs::io_buffer& to, bool nonblocking) noexcept {
    constexpr unsigned vtime = 5, vmin = 6;
    if (to.remaining() == 0)
        return usize{0};
    char piece[256];
    usize done = 0;
    instant deadline = instant::never();
    for (bool first = true;; first = false) {
        usize least;
        {
            sync::lock_guard guard{mutex_};
            const bool canonical = discipline_.canonical();
            const u8* special = discipline_.settings.characters;
            least = canonical ? 1 : special[vmin];
            const i64 tenths = canonical ? 0 : special[vtime];
            // With VMIN the clock runs between characters, without it from the start.
            if (tenths != 0 && (least == 0 ? first : done != 0))
                deadline = sched::monotonic_now() + duration::milliseconds(100 * tenths);
            if (least == 0 && tenths == 0)
                deadline = instant{};
            while (to.remaining() != 0 && discipline_.ready()) {
                const bool end_of_file = discipline_.at_end_of_file();
                const usize room = to.remaining() < sizeof(piece) ? to.remaining() : sizeof(piece);
                const usize n = discipline_.take(piece, room);
                done += TRY(to.put(piece, n));
                if (end_of_file || (canonical && (n < room || piece[n - 1] == '\n'))) {
                    ready_.store(discipline_.ready(), std::memory_order_release);
                    return done;
                }
            }
            ready_.store(discipline_.ready(), std::memory_order_release);
        }
        if (done >= (least ? least : 1) || to.remaining() == 0)
            return done;
        if (ended_.load(std::memory_order_acquire))
            return done;
        if (nonblocking)
            return done ? result<usize>{done} : errc::again;
        auto woken = input_ready_.wait(
            [this] {
                return ready_.load(std::memory_order_acquire) ||
                       ended_.load(std::memory_order_acquire);
            },
            sched::wait_mode::interruptible, deadline);
        if (!woken) {
            if (woken.error() == errc::timed_out || done != 0)
                return done;
            return errc::restart_always;
        }
    }
}

result<usize> terminal::write(vfs::io_buffer& from) noexcept {
    char piece[256], made[512];
    usize done = 0;
    sync::lock_guard guard{output_mutex_};
    while (from.remaining() != 0) {
        auto n = from.take(piece, sizeof(piece));
        if (!n)
            return done ? result<usize>{done} : n.error();
        const usize bytes = discipline_.translate_output(piece, *n, made);
        auto written = port_.write(made, bytes);
        if (!written)
            return done ? result<usize>{done} : written.error();
        done += *n;
    }
    return done;
}

u32 terminal::poll(vfs::poll_registration* w) noexcept {
    if (w)
        w->subscribe(input_ready_);
    u32 events = vfs::poll_out | vfs::poll_wrnorm;
    if (ready_.load(std::memory_order_acquire))
        events |= vfs::poll_in | vfs::poll_rdnorm;
    if (ended_.load(std::memory_order_acquire))
        events |= vfs::poll_in | vfs::poll_hup;
    return events;
}

void terminal::end_input() noexcept {
    ended_.store(true, std::memory_order_release);
    input_ready_.wake_all(vfs::poll_in | vfs::poll_hup);
}

void terminal::set_window_size(u16 rows, u16 columns) noexcept {
    {
        sync::lock_guard guard{mutex_};
        if (window_[0] == rows && window_[1] == columns)
            return;
        window_[0] = rows;
        window_[1] = columns;
    }
    signal_foreground(foreground_.load(std::memory_order_relaxed), sigwinch);
}

result<u64> terminal::ioctl(u32 request, u64 argument) noexcept {
    enum : u32 {
        tcgets = 0x5401,
        tcsets = 0x5402,
        tcsetsw = 0x5403,
        tcsetsf = 0x5404,
        tcsbrk = 0x5409,
        tcxonc = 0x540a,
        tcflsh = 0x540b,
        tiocexcl = 0x540c,
        tiocnxcl = 0x540d,
        tiocsctty = 0x540e,
        tiocgpgrp = 0x540f,
        tiocspgrp = 0x5410,
        tiocoutq = 0x5411,
        tiocgwinsz = 0x5413,
        tiocswinsz = 0x5414,
        fionread = 0x541b,
        tiocnotty = 0x5422,
        tcsbrkp = 0x5425,
        tiocgsid = 0x5429,
        tcgets2 = 0x802c542a,
        tcsets2 = 0x402c542b,
        tcsetsw2 = 0x402c542c,
        tcsetsf2 = 0x402c542d
    };
    switch (request) {
        case tcgets:
        case tcgets2: {
            terminal_settings now;
            {
                sync::lock_guard guard{mutex_};
                now = discipline_.settings;
            }
            TRY_VOID(memory::copy_to_user(argument, &now,
                                          request == tcgets ? termios_bytes : sizeof(now)));
            return u64{0};
        }
        case tcsets:
        case tcsetsw:
        case tcsetsf:
        case tcsets2:
        case tcsetsw2:
        case tcsetsf2: {
            sync::lock_guard guard{mutex_};
            terminal_settings next = discipline_.settings;
            const bool with_speeds = request >= tcsets2;
            TRY_VOID(memory::copy_from_user(&next, argument,
                                            with_speeds ? sizeof(next) : termios_bytes));
            const bool was_canonical = discipline_.canonical();
            discipline_.settings = next;
            if (request == tcsetsf || request == tcsetsf2)
                discipline_.flush_input();
            discipline_.mode_changed(was_canonical);
            ready_.store(discipline_.ready(), std::memory_order_release);
            return u64{0};
        }
        case tcflsh: {
            constexpr u64 input = 0, both = 2;
            if (argument > both)
                return errc::invalid_argument;
            if (argument == input || argument == both) {
                sync::lock_guard guard{mutex_};
                discipline_.flush_input();
                ready_.store(false, std::memory_order_release);
            }
            return u64{0};
        }
        case tcsbrk:
        case tcsbrkp:
        case tcxonc:
        case tiocexcl:
        case tiocnxcl:
            return u64{
                0};  // output leaves at once, there is no line to break and nobody to exclude
        case tiocsctty:
        case tiocnotty:
            return u64{0};
        case tiocgpgrp:
        case tiocgsid: {
            auto& stored = request == tiocgpgrp ? foreground_ : session_;
            i32 id = stored.load(std::memory_order_relaxed);
            if (id == 0)
                if (auto of_caller = caller_identity.load(std::memory_order_acquire))
                    id =
                        of_caller(request == tiocgpgrp ? terminal_id::group : terminal_id::session);
            TRY_VOID(memory::user_ptr<i32>{argument}.store(id));
            return u64{0};
        }
        case tiocspgrp: {
            const i32 id = TRY(memory::user_ptr<i32>{argument}.load());
            if (id < 0)
                return errc::invalid_argument;
            foreground_.store(id, std::memory_order_relaxed);
            return u64{0};
        }
        case tiocgwinsz: {
            u16 now[4];
            {
                sync::lock_guard guard{mutex_};
                std::memcpy(now, window_, sizeof(now));
            }
            TRY_VOID(memory::copy_to_user(argument, now, sizeof(now)));
            return u64{0};
        }
        case tiocswinsz: {
            u16 next[4];
            TRY_VOID(memory::copy_from_user(next, argument, sizeof(next)));
            set_window_size(next[0], next[1]);
            return u64{0};
        }
        case fionread:
        case tiocoutq: {
            i32 bytes = 0;
            if (request == fionread) {
                sync::lock_guard guard{mutex_};
                bytes = static_cast<i32>(discipline_.available());
            }
            TRY_VOID(memory::user_ptr<i32>{argument}.store(bytes));
            return u64{0};
        }
        default:
            return errc::not_tty;
    }
}

namespace {

class terminal_file final : public vfs::file {
public:
    terminal_file(refptr<vfs::vnode> node, u32 flags, terminal& t) noexcept
        : file{std::move(node), flags}, terminal_{t} {}
    result<usize> read(vfs::io_buffer& to) noexcept override {
        return terminal_.read(to, nonblocking());
    }
    result<usize> write(vfs::io_buffer& from) noexcept override { return terminal_.write(from); }
    result<usize> read_at(vfs::io_buffer&, u64) noexcept override { return errc::illegal_seek; }
    result<usize> write_at(vfs::io_buffer&, u64) noexcept override { return errc::illegal_seek; }
    [[nodiscard]] bool tells_owner() const noexcept override { return true; }
    u32 poll(vfs::poll_registration* w) noexcept override { return terminal_.poll(w); }
    result<u64> ioctl(u32 request, u64 argument) noexcept override {
        return terminal_.ioctl(request, argument);
    }

private:
    terminal& terminal_;
};

/// /dev/tty and /dev/console. Without a terminal /dev/tty has nothing to stand for: ENXIO.
result<refptr<vfs::file>> open_console(refptr<vfs::vnode> node, vfs::device_number,
                                       u32 flags) noexcept {
    return open_terminal(std::move(node), flags);
}

constinit vfs::device_class tty_class{"/dev/tty",  vfs::node_type::character_device, 5, 0, 1,
                                      open_console};
constinit vfs::device_class console_class{"/dev/console", vfs::node_type::character_device, 5, 1, 1,
                                          open_console};

}  // namespace

result<refptr<vfs::file>> open_terminal(refptr<vfs::vnode> node, u32 flags) noexcept {
    terminal* t = terminal::console();
    if (!t)
        return errc::no_device_or_address;
    return TRY(make_ref<terminal_file>(std::move(node), flags, *t));
}

void register_terminal_devices() noexcept {
    vfs::register_device(tty_class);
    vfs::register_device(console_class);
}

}  // namespace osprey::fs
