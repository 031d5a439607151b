// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vfs/file.hh>

namespace osprey::fs {

/// EPOLL* bits of epoll(7) beyond those of poll(2).
enum epoll_flag : u32 {
    epoll_exclusive = 1u << 28,
    epoll_wakeup = 1u << 29,
    epoll_oneshot = 1u << 30,
    epoll_edge = 1u << 31,
};

/// What happened, and the caller's word about whom. The ABI packs it as its architecture wants.
struct epoll_happening {
    u32 events;
    u64 data;
};

/// epoll_create1(2). `flags`: O_CLOEXEC (ignored here).
result<refptr<vfs::file>> make_epoll(u32 flags) noexcept;

/// epoll_ctl(2): EPOLL_CTL_ADD 1, DEL 2, MOD 3 for descriptor `fd`, which is `target`.
/// @return `errc::invalid_argument` if `epoll` is none, or watches itself; `errc::exists`,
/// `errc::no_entry`, `errc::not_permitted` (regular files), `errc::too_many_symlinks` (loops).
result<void> control_epoll(vfs::file& epoll, int operation, vfs::file& target, int fd, u32 events,
                           u64 data) noexcept;

/// epoll_wait(2). @return how many of `out` were filled, 0 when `deadline` passed;
/// `errc::interrupted`.
result<usize> wait_epoll(vfs::file& epoll, epoll_happening* out, usize most,
                         instant deadline) noexcept;

/// What an epoll watches as descriptor `fd` (kcmp(2)): an identity to compare with a file's
/// address. Several files can have been that descriptor: the one after `skipped` others is meant.
/// @return `errc::invalid_argument` if `epoll` is none, `errc::no_entry`.
result<const void*> watched_by(vfs::file& epoll, int fd, u32 skipped) noexcept;

}  // namespace osprey::fs
