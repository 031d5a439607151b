// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <process/process.hh>
#include <vfs/file.hh>

namespace osprey::proc {

/// A descriptor that refers to a process, whatever becomes of its number (pidfd_open(2)). Readable
/// once the process has ended. `flags`: O_NONBLOCK. Context: threads.
result<refptr<vfs::file>> make_pidfd(process& of, u32 flags) noexcept;

/// The process behind a pidfd. @return `errc::bad_descriptor` for other files.
result<refptr<process>> process_of_pidfd(vfs::file& f) noexcept;

}  // namespace osprey::proc
