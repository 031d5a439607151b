// SPDX-License-Identifier: BSD-3-Clause
// The slave of a pseudo-terminal, and what both ends share.
#include <fs/tty/pts_table.hh>
#include <vfs/poll.hh>

namespace osprey::fs {

result<refptr<pty>> pty::create() noexcept {
    u32 index = TRY(pts_table::take_number());
    auto made = make_ref<pty>(index);
    if (!made) {
        pts_table::give_number_back(index);
        return made.error();
    }
    TRY_VOID(pts_table::add(index, **made));
    return made;
}

pty::~pty() {
    pts_table::give_number_back(number.minor);
}

result<void> pty::may_open() noexcept {
    if (locked_ || !master_open_)
        return errc::io_error;
    ++slaves_;
    slave_gone_.store(false, std::memory_order_release);
    return ok;
}

void pty::close() noexcept {
    {
        sync::lock_guard guard{mutex_};
        if (--slaves_ != 0)
            return;
        slave_gone_.store(true, std::memory_order_release);
    }
    master_readers_.wake_all(vfs::poll_in | vfs::poll_hup);
}

void pty::put_output(const char* text, usize bytes) noexcept {
    if (bytes == 0 || !master_open_)
        return;
    output_.put(text, bytes);
    note(other_readable);
}

/// What Linux's master has taken over by then is out of the slave's reach.
void pty::drop_output() noexcept {
    constexpr usize taken_over = 4095;
    output_.keep(taken_over);
    tell_master(0, dropped_output);
    note(writable);
}

void pty::flow_changed(bool runs) noexcept {
    tell_master(runs ? output_stopped : output_runs, runs ? output_runs : output_stopped);
    note(runs ? writable : 0u);
}

void pty::settings_changed(const termios::settings& before) noexcept {
    const auto flow_keys = [](const termios::settings& s) noexcept {
        return s.input & termios::ixon && s.characters[termios::vstop] == 19 &&
               s.characters[termios::vstart] == 17;
    };
    const termios::settings& now = discipline_.settings();
    if ((before.local | now.local) & termios::extproc)
        tell_master(0, other_change);
    if (flow_keys(before) != flow_keys(now))
        tell_master(flow_keys_on | flow_keys_off, flow_keys(now) ? flow_keys_on : flow_keys_off);
}

void pty::tell_master(u8 clear, u8 set) noexcept {
    if (!packets_.load(std::memory_order_relaxed))
        return;
    status_ = static_cast<u8>((status_ & ~clear) | set);
    note(other_readable);
}

void pty::pull_input() noexcept {
    const char* from;
    while (const usize bytes = typed_.front(from)) {
        const usize taken = discipline_.receive(from, bytes);
        typed_.skip(taken);
        if (taken != 0)
            note(other_writable);
        if (taken < bytes)
            break;
    }
    has_output_.store(output_.used() != 0, std::memory_order_release);
    has_status_.store(status_ != 0, std::memory_order_release);
    has_typing_room_.store(!master_stopped_ && typed_.used() < byte_ring::limit,
                           std::memory_order_release);
}

void pty::tell(u32 events) noexcept {
    if (events & other_readable)
        master_readers_.wake_all(vfs::poll_in | vfs::poll_rdnorm | vfs::poll_pri);
    if (events & other_writable)
        master_writers_.wake_all(vfs::poll_out | vfs::poll_wrnorm);
}

}  // namespace osprey::fs
