// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <drivers/console/character_port.hh>
#include <fs/tty/line_discipline.hh>
#include <vfs/file.hh>

namespace osprey::fs {

/// Sends a signal to a process group; 0: to all programs. Registered by the process layer.
using terminal_signal = void (*)(i32 process_group, int number) noexcept;
void set_terminal_signal(terminal_signal send) noexcept;
/// Session or process group of the caller, for TIOCGSID and TIOCGPGRP before anybody set them.
/// Registered by the process layer; called by threads of applications.
enum class terminal_id : u8 { session, group };
using terminal_identity = i32 (*)(terminal_id which) noexcept;
void set_terminal_identity(terminal_identity of_caller) noexcept;

/// The console as a terminal: a line discipline over a port to the host. A kernel thread feeds it,
/// so that Ctrl-C works while the program computes.
class terminal {
public:
    /// Makes the console terminal and its thread. Once.
    static result<void> start(drivers::character_port& port, u16 rows, u16 columns) noexcept;
    /// The console terminal, or null.
    static terminal* console() noexcept;

    result<usize> read(vfs::io_buffer& to, bool nonblocking) noexcept;
    result<usize> write(vfs::io_buffer& from) noexcept;
    u32 poll(vfs::poll_registration* w) noexcept;
    result<u64> ioctl(u32 request, u64 argument) noexcept;
    void set_window_size(u16 rows, u16 columns) noexcept;
    /// The host's input is at its end: as if the line was hung up.
    void end_input() noexcept;

private:
    struct feeder;
    explicit terminal(drivers::character_port& port) noexcept : port_{port} {}
    static void feed(void* self) noexcept;
    [[nodiscard]] bool readable_now() noexcept;

    drivers::character_port& port_;
    sync::mutex mutex_;  // guards the discipline and what follows
    line_discipline discipline_;
    u16 window_[4] = {24, 80, 0, 0};
    std::atomic<i32> foreground_{0}, session_{0};
    std::atomic<bool> ready_{false}, ended_{false};
    sync::mutex output_mutex_;
    sync::wait_queue input_ready_;
};

/// Registers /dev/tty and /dev/console.
void register_terminal_devices() noexcept;
/// An open file of the console terminal.
result<refptr<vfs::file>> open_terminal(refptr<vfs::vnode> node, u32 flags) noexcept;

}  // namespace osprey::fs
