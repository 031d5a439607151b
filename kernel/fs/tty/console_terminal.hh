// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <drivers/console/character_port.hh>
#include <fs/tty/terminal.hh>

namespace osprey::fs {

/// The console: a terminal over a port to the host. A kernel thread takes what is typed, so that
/// Ctrl-C works while the program computes.
class console_terminal final : public terminal {
public:
    /// Makes the console terminal and its thread. Once.
    static result<void> start(drivers::character_port& port, u16 rows, u16 columns) noexcept;
    /// The console terminal, or null.
    static console_terminal* get() noexcept;

    /// The host's input is at its end: reads answer 0 when everything has been read.
    void end_input() noexcept;

private:
    explicit console_terminal(drivers::character_port& port) noexcept;
    static void feed(void* self) noexcept;

    usize device_room() noexcept override { return sizeof output_ - output_used_; }
    void put_output(const char* text, usize bytes) noexcept override;
    void drop_output() noexcept override { output_used_ = 0; }
    void input_dropped() noexcept override {}
    void flow_changed(bool runs) noexcept override { note(runs ? writable : 0u); }
    void pull_input() noexcept override;
    [[nodiscard]] bool speaks_to_all() const noexcept override { return true; }
    void tell(u32 events) noexcept override;

    drivers::character_port& port_;
    sync::mutex sending_;          // one writer of the port, so that pieces stay in order
    sync::wait_queue typed_gone_;  // the feeding thread waits here
    std::atomic<u32> typed_{0};    // bytes of input_ that the discipline had no room for
    u32 output_used_ = 0;
    char input_[128];
    char output_[1024];  // not yet sent to the port
};

/// Registers /dev/tty and /dev/console.
void register_terminal_devices() noexcept;

}  // namespace osprey::fs
