// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>
#include <string_view>

namespace osprey::drivers {

/// Sets up COM1 (115200 8N1, FIFOs on, interrupts off) as the log console, so that everything from
/// the first line on can be read. Does nothing when there is no UART. Boot CPU.
void initialize_early_console() noexcept;

/// Writes to COM1 by polling. Context: any.
void write_early_console(std::string_view text) noexcept;

/// Offers COM1 as the character port "ttyS0", for machines without a virtio console: the bytes of
/// the application share the line with the log. Does nothing when there is no UART.
/// Context: thread, once.
void start_serial_port() noexcept;

}  // namespace osprey::drivers
