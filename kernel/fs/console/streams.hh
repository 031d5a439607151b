// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <drivers/console/character_port.hh>
#include <vfs/descriptor_table.hh>

namespace osprey::fs {

/// What the application's standard streams are made of.
struct console_setup {
    drivers::character_port* port = nullptr;        // stdin and stdout; null: nothing is connected
    drivers::character_port* error_port = nullptr;  // stderr; null: as stdout
    bool terminal = false;                          // --tty: a terminal instead of three pipes
    u16 rows = 24, columns = 80;
};
/// Once, at boot, before the first program.
result<void> set_up_console(const console_setup& how) noexcept;

/// Descriptors 0, 1 and 2 of a first program.
result<void> install_standard_streams(vfs::descriptor_table& table) noexcept;

/// The host says that its input ends after `bytes` in all: the program reads 0 from then on.
void set_input_end(u64 bytes) noexcept;
/// The host's window changed; SIGWINCH goes to the terminal's foreground processes.
void set_window_size(u16 rows, u16 columns) noexcept;

}  // namespace osprey::fs
