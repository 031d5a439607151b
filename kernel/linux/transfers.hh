// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <linux/arguments.hh>
#include <linux/flag_sets.hh>
#include <linux/reply.hh>
#include <vfs/file.hh>

/// The middle of all calls that read or write files: what preadv2(2), pwritev2(2), native AIO and
/// io_uring(7) have in common. Context: tasks, may sleep.
namespace osprey::abi {

/// Where a transfer takes place: the file's own position, which moves.
inline constexpr i64 own_position = -1;

/// Reads `file`, which is open for reading; `how` is checked here. Interrupted: as `after_read`.
reply read_file(vfs::file& file, vfs::io_buffer& to, i64 offset, flags<rwf_flags> how) noexcept;
/// Writes `file`, which is open for writing: with RLIMIT_FSIZE and SIGPIPE.
reply write_file(vfs::file& file, vfs::io_buffer& from, i64 offset, flags<rwf_flags> how) noexcept;

/// Can a transfer at `offset` be done without waiting for a device? Of files without a page cache
/// nothing is known: they count as quick.
[[nodiscard]] bool is_quick(vfs::file& file, u64 offset, u64 bytes) noexcept;
/// Does `file` have no position (a pipe, a socket, a terminal)?
[[nodiscard]] bool is_stream(vfs::file& file) noexcept;

}  // namespace osprey::abi
