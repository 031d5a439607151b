// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <fs/tty/byte_ring.hh>
#include <fs/tty/terminal.hh>

namespace osprey::fs {

/// A pseudo-terminal (pty(7)): programs have the terminal itself, the slave, and whoever opened
/// /dev/ptmx the master, which reads what they write and types what they read.
///
/// It lives while either end is open. Its name in /dev/pts goes with the master, its number can be
/// used again when both ends are gone.
class pty final : public terminal {
public:
    static constexpr u32 major = 136;
    static constexpr u32 most = 4096;  // as /proc/sys/kernel/pty/max of Linux
    /// A fresh one, locked. @return `errc::no_space`: there are too many.
    static result<refptr<pty>> create() noexcept;
    ~pty() override;

    // The slave
    void close() noexcept override;

    // The master
    /// @return `errc::io_error`: the slave has been closed and everything is read.
    result<usize> read_output(vfs::io_buffer& to, bool nonblocking) noexcept;
    result<usize> type(vfs::io_buffer& from, bool nonblocking) noexcept;
    u32 poll_master(vfs::poll_registration* w) noexcept;
    result<u64> control_master(u32 request, u64 argument) noexcept;
    /// Hangs the slave up.
    void close_master() noexcept;

private:
    friend result<refptr<pty>> make_ref<pty>(u32&) noexcept;
    explicit pty(u32 index) noexcept : terminal{{major, index}} {}

    /// What TIOCPKT tells in front of the data.
    enum packet : u8 {
        dropped_input = 1,
        dropped_output = 2,
        output_stopped = 4,
        output_runs = 8,
        flow_keys_off = 16,
        flow_keys_on = 32,
        other_change = 64,
    };
    void tell_master(u8 clear, u8 set) noexcept;
    result<void> put_packet(vfs::io_buffer& to, bool& done) noexcept;
    [[nodiscard]] bool something_to_read() const noexcept;
    result<u64> signal_slave(u64 number) noexcept;

    usize device_room() noexcept override { return output_.room(); }
    void put_output(const char* text, usize bytes) noexcept override;
    void drop_output() noexcept override;
    void input_dropped() noexcept override { tell_master(0, dropped_input); }
    void flow_changed(bool runs) noexcept override;
    result<void> may_open() noexcept override;
    void pull_input() noexcept override;
    void settings_changed(const termios::settings& before) noexcept override;
    void tell(u32 events) noexcept override;

    // Guarded by `mutex_`
    byte_ring output_;  // for the master to read
    byte_ring typed_;   // what the discipline had no room for
    u32 slaves_ = 0;    // open files
    bool locked_ = true, master_open_ = true, master_stopped_ = false;
    u8 status_ = 0;

    std::atomic<bool> packets_{false};
    // For those who wait
    std::atomic<bool> slave_gone_{false};  // was open and is not
    std::atomic<bool> has_output_{false}, has_status_{false}, has_typing_room_{true};
    sync::wait_queue master_readers_, master_writers_;
};

/// Registers /dev/ptmx, the numbers of slaves and the filesystem of /dev/pts.
void register_ptys() noexcept;
/// The filesystem of /dev/pts; there is one.
result<refptr<vfs::filesystem>> pts_filesystem() noexcept;
/// How many there are.
[[nodiscard]] u32 pty_count() noexcept;

}  // namespace osprey::fs
