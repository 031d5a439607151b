// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <fs/tty/pty.hh>

namespace osprey::fs::pts_table {

/// Which pseudo-terminals there are, and their names in /dev/pts.
/// @return `errc::no_space`.
result<u32> take_number() noexcept;
/// The terminal is gone, or was never made.
void give_number_back(u32 index) noexcept;
/// Makes it known and gives it a name. Its `pty` gives the number back.
result<void> add(u32 index, pty& p) noexcept;
/// Its master is gone.
void remove_name(u32 index) noexcept;
refptr<pty> find(u32 index) noexcept;
void register_filesystem() noexcept;

}  // namespace osprey::fs::pts_table
