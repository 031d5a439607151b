// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vfs/file.hh>

namespace osprey::fs {

/// eventfd2(2): `flags` are EFD_SEMAPHORE (1), EFD_NONBLOCK (O_NONBLOCK), EFD_CLOEXEC (ignored
/// here).
/// @return `errc::invalid_argument` for unknown flags.
result<refptr<vfs::file>> make_eventfd(u32 initial, u32 flags) noexcept;

/// Adds `count` to the counter of an eventfd, at most up to its limit, without ever waiting: for
/// who tells of finished work through one. `f.is_eventfd()` holds.
void signal_eventfd(vfs::file& f, u64 count) noexcept;

}  // namespace osprey::fs
