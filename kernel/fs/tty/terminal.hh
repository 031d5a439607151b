// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <fs/tty/job_control.hh>
#include <fs/tty/line_discipline.hh>
#include <vfs/device.hh>

namespace osprey::fs {

/// A terminal as programs see it: a line discipline, readers and writers who wait, a window size,
/// and the session it controls. What lies behind it is the derived class's: the console's port, or
/// the master of a pseudo-terminal.
///
/// Locking: `mutex_` guards the discipline and what is said below; changes are made through
/// `change`, which tells of them when it has let go of the mutex. Session and foreground group
/// belong to the process layer. Context: threads, may sleep.
class terminal : public ref_counted<terminal>, private line_discipline::device {
public:
    virtual ~terminal() = default;

    const vfs::device_number number;

    /// Who reads or writes: an open file, which a hang-up cuts off.
    struct user {
        bool nonblocking;
        u32 hangups;  // how many there had been when it was opened
    };
    [[nodiscard]] u32 hangups() const noexcept { return hangups_.load(std::memory_order_acquire); }

    /// @return 0 after a hang-up; `errc::io_error` when the other end goes during the call;
    /// `errc::again`, `errc::restart_always`.
    result<usize> read(vfs::io_buffer& to, user who) noexcept;
    /// @return `errc::io_error` after a hang-up, `errc::again`, `errc::restart_always`.
    result<usize> write(vfs::io_buffer& from, user who) noexcept;
    u32 poll(vfs::poll_registration* w, u32 hangups_seen) noexcept;
    /// `by_master`: asked through the other end.
    result<u64> ioctl(u32 request, u64 argument, bool by_master, bool may_read) noexcept;

    /// Opened by a program. @return `errc::io_error`: there is no other end, or it is locked;
    /// `errc::busy`: somebody has it for himself (TIOCEXCL).
    result<void> open() noexcept;
    /// An open file of it is gone.
    virtual void close() noexcept {}

    /// SIGWINCH goes to the foreground group when it differs from what it was.
    void set_window_size(const u16 (&size)[4]) noexcept;
    /// The line is gone: open files are cut off, and the session loses its terminal.
    void hang_up() noexcept;

    // Of the process layer, under its lock; anybody may look at them.
    std::atomic<i32> session{0}, foreground{0};

protected:
    explicit terminal(vfs::device_number n) noexcept : number{n}, discipline_{*this} {}

    /// What `change` has to tell: bits.
    enum event : u32 {
        readable = 1,
        writable = 2,
        other_readable = 4,  // these are for derived classes
        other_writable = 8,
    };
    /// Holds the mutex for a scope; afterwards tells what has happened in it.
    class change {
    public:
        explicit change(terminal& t) noexcept : terminal_{t} { t.mutex_.lock(); }
        ~change() { terminal_.finish_change(); }
        change(const change&) = delete;

    private:
        terminal& terminal_;
    };

    // All with `mutex_` held
    virtual usize device_room() noexcept = 0;
    virtual result<void> may_open() noexcept { return ok; }
    /// There is room in the discipline: more input may come.
    virtual void pull_input() noexcept {}
    /// Settings have changed.
    virtual void settings_changed(const termios::settings& before) noexcept { (void)before; }
    void note(u32 events) noexcept { events_ |= events; }
    // Without it
    /// The host's own keyboard speaks to all programs while no session has the terminal.
    [[nodiscard]] virtual bool speaks_to_all() const noexcept { return false; }
    void signal_foreground(int signal_number) noexcept;
    /// Wakes those whom the derived class has waiting, and moves output on.
    virtual void tell(u32 events) noexcept = 0;

    sync::mutex mutex_;
    line_discipline discipline_;
    sync::wait_queue readers_, writers_;

    /// What readers find when there is no more input.
    enum class line : u8 { up, ended, lost };
    std::atomic<line> line_{line::up};

private:
    usize output_room() noexcept final { return device_room(); }
    void raise_signal(int number) noexcept final { signals_ |= u32{1} << number; }
    void input_arrived() noexcept final { note(readable); }
    void finish_change() noexcept;
    [[nodiscard]] bool hung_up(u32 seen) const noexcept { return hangups() != seen; }
    result<void> claim_writing(user who) noexcept;
    void release_writing() noexcept;
    result<usize> write_all(vfs::io_buffer& from, user who) noexcept;
    result<u64> get_settings(u32 request, u64 argument) noexcept;
    result<u64> set_settings(u32 request, u64 argument) noexcept;
    result<u64> flush(u64 which) noexcept;
    result<u64> control_flow(u64 what) noexcept;

    u16 window_[4] = {};  // rows, columns, pixels: guarded by mutex_
    u32 events_ = 0, signals_ = 0;
    bool exclusive_ = false;
    std::atomic<bool> writing_{false};  // one write(2) at a time
    std::atomic<bool> ready_{false};    // for read(2)
    std::atomic<bool> poll_ready_{false};
    std::atomic<bool> room_{true};
    std::atomic<u32> hangups_{0};
    friend class terminal_file;
};

/// An open file of `t` on `node`, for which `open` has succeeded.
result<refptr<vfs::file>> open_terminal(refptr<terminal> t, refptr<vfs::vnode> node,
                                        u32 flags) noexcept;

}  // namespace osprey::fs
