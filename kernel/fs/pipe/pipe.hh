// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vfs/file.hh>

namespace osprey::fs {

/// pipe2(2): `flags` may hold O_NONBLOCK, O_DIRECT is refused by the caller.
struct pipe_ends {
    refptr<vfs::file> reader, writer;
};
result<pipe_ends> make_pipe(u32 flags) noexcept;

/// fcntl(F_GETPIPE_SZ, F_SETPIPE_SZ). @return the capacity in bytes; `errc::bad_descriptor` if `f`
/// is no pipe, `errc::busy` if more than that is in it, `errc::not_permitted` above 1 MB.
result<usize> pipe_capacity(vfs::file& f) noexcept;
result<usize> set_pipe_capacity(vfs::file& f, usize bytes) noexcept;

/// Makes FIFOs openable. Once, at boot.
void register_pipes() noexcept;

}  // namespace osprey::fs
