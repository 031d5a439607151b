// SPDX-License-Identifier: BSD-3-Clause
// The master of a pseudo-terminal (ioctl_tty(2), "Pseudoterminals").
#include <fs/tty/pts_table.hh>
#include <fs/tty/requests.hh>
#include <memory/user_pointer.hh>
#include <utility>
#include <vfs/lookup.hh>
#include <vfs/poll.hh>

namespace osprey::fs {

using r = tty_request;

bool pty::something_to_read() const noexcept {
    return has_output_.load(std::memory_order_acquire) ||
           (packets_.load(std::memory_order_relaxed) &&
            has_status_.load(std::memory_order_acquire));
}

/// In packet mode a read begins with a byte that says what happened, or that data follow.
result<void> pty::put_packet(vfs::io_buffer& to, bool& done) noexcept {
    done = status_ != 0;
    if (!done && output_.used() == 0)
        return ok;
    const u8 kind = std::exchange(status_, u8{0});
    TRY(to.put(&kind, 1));
    return ok;
}

result<usize> pty::read_output(vfs::io_buffer& to, bool nonblocking) noexcept {
    if (to.remaining() == 0)
        return usize{0};
    const usize asked = to.remaining();
    for (;;) {
        // What has been closed is looked at first: nothing is written after that.
        const bool gone = slave_gone_.load(std::memory_order_acquire);
        {
            change scope{*this};
            bool only_status = false;
            if (packets_.load(std::memory_order_relaxed))
                TRY_VOID(put_packet(to, only_status));
            const char* from;
            while (!only_status && to.remaining() != 0) {
                const usize bytes = output_.front(from);
                if (bytes == 0)
                    break;
                const usize n = TRY(to.put(from, bytes));
                output_.skip(n);
                note(writable);
                if (n < bytes)
                    break;
            }
            if (asked != to.remaining())
                return asked - to.remaining();
        }
        if (gone)
            return errc::io_error;
        if (nonblocking)
            return errc::again;
        if (!master_readers_.wait([this] {
                return something_to_read() || slave_gone_.load(std::memory_order_acquire);
            }))
            return errc::restart_always;
    }
}

result<usize> pty::type(vfs::io_buffer& from, bool nonblocking) noexcept {
    char piece[256];
    usize done = 0;
    while (from.remaining() != 0) {
        auto taken = from.take(piece, sizeof(piece));
        if (!taken)
            return done ? result<usize>{done} : taken.error();
        for (usize at = 0; at < *taken;) {
            usize n = 0;
            {
                change scope{*this};
                if (!master_stopped_) {
                    // Straight to the discipline, unless something waits before it
                    if (typed_.used() == 0)
                        n = discipline_.receive(piece + at, *taken - at);
                    const usize room = typed_.room(), left = *taken - at - n;
                    const usize kept = left < room ? left : room;
                    typed_.put(piece + at + n, kept);
                    n += kept;
                }
            }
            at += n, done += n;
            if (n != 0)
                continue;
            if (nonblocking)
                return done ? result<usize>{done} : errc::again;
            if (!master_writers_.wait(
                    [this] { return has_typing_room_.load(std::memory_order_acquire); }))
                return done ? result<usize>{done} : errc::restart_always;
        }
    }
    return done;
}

u32 pty::poll_master(vfs::poll_registration* w) noexcept {
    if (w) {
        w->subscribe(master_readers_);
        w->subscribe(master_writers_);
    }
    u32 events = 0;
    if (something_to_read())
        events |= vfs::poll_in | vfs::poll_rdnorm;
    if (packets_.load(std::memory_order_relaxed) && has_status_.load(std::memory_order_acquire))
        events |= vfs::poll_pri;
    if (has_typing_room_.load(std::memory_order_acquire))
        events |= vfs::poll_out | vfs::poll_wrnorm;
    if (slave_gone_.load(std::memory_order_acquire))
        events |= vfs::poll_hup;
    return events;
}

result<u64> pty::signal_slave(u64 number) noexcept {
    constexpr u64 sigint = 2, sigquit = 3, sigtstp = 20;
    if (number != sigint && number != sigquit && number != sigtstp)
        return errc::invalid_argument;
    signal_foreground(static_cast<int>(number));
    return u64{0};
}

result<u64> pty::control_master(u32 request, u64 argument) noexcept {
    const auto tell_number = [&](u32 value) -> result<u64> {
        TRY_VOID(memory::user_ptr<u32>{argument}.store(value));
        return u64{0};
    };
    switch (request) {
        case r::tiocgptn:
            return tell_number(number.minor);
        case r::tiocgptlck:
            return tell_number(locked_);
        case r::tiocgpkt:
            return tell_number(packets_.load());
        case r::tiocsptlck: {
            const bool lock = TRY(memory::user_ptr<const i32>{argument}.load()) != 0;
            sync::lock_guard guard{mutex_};
            locked_ = lock;
            return u64{0};
        }
        case r::tiocpkt: {
            const bool on = TRY(memory::user_ptr<const i32>{argument}.load()) != 0;
            change scope{*this};
            if (on && !packets_.load())
                status_ = 0;
            packets_.store(on);
            return u64{0};
        }
        case r::tiocsig:
            return signal_slave(argument);
        case r::fionread: {
            constexpr usize taken_over = 4095;  // what Linux's master counts
            sync::lock_guard guard{mutex_};
            const usize bytes = output_.used();
            return tell_number(static_cast<u32>(bytes < taken_over ? bytes : taken_over));
        }
        case r::tcflsh: {
            constexpr u64 input = 0, output = 1, both = 2;
            if (argument > both)
                return errc::invalid_argument;
            change scope{*this};
            if (argument != output)
                output_.keep(0);
            if (argument != input)
                typed_.keep(0);
            note(writable | other_writable);
            return u64{0};
        }
        case r::tcxonc: {
            constexpr u64 output_off = 0, output_on = 1, input_off = 2, input_on = 3;
            if (argument > input_on)
                return errc::invalid_argument;
            change scope{*this};
            if (argument == output_off || argument == output_on) {
                master_stopped_ = argument == output_off;
                note(other_writable);
                return u64{0};
            }
            const char key = argument == input_off ? 19 : 17;  // its own VSTOP and VSTART
            (void)discipline_.receive(&key, 1);
            return u64{0};
        }
        case r::tiocsti: {
            const char c = static_cast<char>(TRY(memory::user_ptr<const u8>{argument}.load()));
            change scope{*this};
            put_output(&c, output_.room() ? 1 : 0);
            return u64{0};
        }
        case r::tiocnotty:
            return errc::not_tty;  // a master controls nobody
        default:
            return ioctl(request, argument, true, true);
    }
}

void pty::close_master() noexcept {
    pts_table::remove_name(number.minor);
    {
        change scope{*this};
        master_open_ = false;
        output_.keep(0);
        line_.store(line::lost, std::memory_order_release);
        note(readable | writable);
    }
    hang_up();
}

namespace {

class master_file final : public vfs::file {
public:
    master_file(refptr<vfs::vnode> node, u32 flags, refptr<pty> p) noexcept
        : file{std::move(node), flags}, pty_{std::move(p)} {}
    void released() noexcept override { pty_->close_master(); }

    result<usize> read(vfs::io_buffer& to) noexcept override {
        return pty_->read_output(to, nonblocking());
    }
    result<usize> write(vfs::io_buffer& from) noexcept override {
        return pty_->type(from, nonblocking());
    }
    result<usize> read_at(vfs::io_buffer&, u64) noexcept override { return errc::illegal_seek; }
    result<usize> write_at(vfs::io_buffer&, u64) noexcept override { return errc::illegal_seek; }
    [[nodiscard]] bool tells_owner() const noexcept override { return true; }
    u32 poll(vfs::poll_registration* w) noexcept override { return pty_->poll_master(w); }
    result<u64> ioctl(u32 request, u64 argument) noexcept override {
        return pty_->control_master(request, argument);
    }
    /// TIOCGPTPEER. The name is that of the usual mount.
    result<refptr<vfs::file>> open_peer(u32 flags) noexcept override {
        fixed_text<32> name;
        format_to(name, "/dev/pts/{}", pty_->number.minor);
        auto context = TRY(vfs::directory_context::create(vfs::root_path(), vfs::root_path(), 022));
        return vfs::open(*context, {}, name.view(), flags, 0);
    }

private:
    const refptr<pty> pty_;
};

result<refptr<vfs::file>> open_master(refptr<vfs::vnode> node, vfs::device_number,
                                      u32 flags) noexcept {
    auto fresh = TRY(pty::create());
    auto file = make_ref<master_file>(std::move(node), flags, refptr<pty>{fresh});
    if (!file) {
        fresh->close_master();
        return file.error();
    }
    return refptr<vfs::file>{std::move(*file)};
}

result<refptr<vfs::file>> open_slave(refptr<vfs::vnode> node, vfs::device_number which,
                                     u32 flags) noexcept {
    refptr<pty> p = pts_table::find(which.minor);
    if (!p)
        return errc::io_error;
    TRY_VOID(p->open());
    return open_terminal(refptr<terminal>{std::move(p)}, std::move(node), flags);
}

constinit vfs::device_class master_class{"/dev/ptmx", vfs::node_type::character_device, 5, 2, 1,
                                         open_master};
constinit vfs::device_class slave_class{
    "pts", vfs::node_type::character_device, pty::major, 0, pty::most, open_slave};

}  // namespace

void register_ptys() noexcept {
    vfs::register_device(master_class);
    vfs::register_device(slave_class);
    pts_table::register_filesystem();
}

}  // namespace osprey::fs
