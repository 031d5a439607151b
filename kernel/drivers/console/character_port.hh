// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/result.hh>
#include <base/types.hh>
#include <string_view>
#include <sync/wait_queue.hh>

namespace osprey::drivers {

/// A byte stream to the host: a virtio-serial port or a UART. What /dev/console, the application's
/// stdin/stdout/stderr and the control channel are made of.
class character_port {
public:
    virtual ~character_port() = default;
    /// "hvc0", "ttyS0", or the virtio port's name ("org.osprey.control").
    [[nodiscard]] virtual std::string_view name() const noexcept = 0;
    /// Writes all bytes; sleeps while the device has no room. Context: threads.
    virtual result<usize> write(const void* data, usize bytes) noexcept = 0;
    /// Takes what has arrived, at most `room`; 0: nothing yet. Never sleeps.
    virtual usize read(void* data, usize room) noexcept = 0;
    [[nodiscard]] virtual bool input_ready() const noexcept = 0;
    /// Woken when input arrives (threads of the driver do it, never its interrupt handler).
    sync::wait_queue input_arrived;
};

void register_character_port(character_port& port) noexcept;
/// Null if there is none of that name.
character_port* find_character_port(std::string_view name) noexcept;
/// The application's stdin and stdout: the host's port for them, else the first console. Null:
/// none.
character_port* find_console_port() noexcept;

}  // namespace osprey::drivers
