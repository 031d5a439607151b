// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vfs/file.hh>

namespace osprey::fs {

/// pipe2(2): `flags` may hold O_NONBLOCK and O_DIRECT.
struct pipe_ends {
    refptr<vfs::file> reader, writer;
};
result<pipe_ends> make_pipe(u32 flags) noexcept;

/// fcntl(F_GETPIPE_SZ, F_SETPIPE_SZ). @return the capacity in bytes; `errc::bad_descriptor` if `f`
/// is no pipe, `errc::busy` if more than that is in it, `errc::not_permitted` above 1 MB.
result<usize> pipe_capacity(vfs::file& f) noexcept;
result<usize> set_pipe_capacity(vfs::file& f, usize bytes) noexcept;

/// Are both ends of the same pipe? Both are pipes.
bool same_pipe(vfs::file& a, vfs::file& b) noexcept;
/// tee(2): copies up to `bytes` from one pipe to another without taking them out.
/// @return how many, 0 at the end; `errc::again`, `errc::broken_pipe`, `errc::restart_always`.
result<usize> copy_pipe(vfs::file& from, vfs::file& to, usize bytes, bool nonblocking) noexcept;

/// Makes FIFOs openable. Once, at boot.
void register_pipes() noexcept;

}  // namespace osprey::fs
