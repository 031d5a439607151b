// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vfs/lookup.hh>

namespace osprey::fs {

/// inotify_init1(2); `flags`: O_NONBLOCK.
result<refptr<vfs::file>> make_inotify(u32 flags) noexcept;

/// inotify_add_watch(2) for the object at `where`. `mask`: events and IN_EXCL_UNLINK, IN_MASK_ADD,
/// IN_MASK_CREATE, IN_ONESHOT, all checked. `instance.is_inotify()` holds.
/// @return the number of the watch; `errc::exists`, `errc::out_of_memory`, `errc::no_space`.
result<i32> add_inotify_watch(vfs::file& instance, const vfs::path& where, u32 mask) noexcept;
/// inotify_rm_watch(2). @return `errc::invalid_argument`.
result<void> remove_inotify_watch(vfs::file& instance, i32 number) noexcept;

}  // namespace osprey::fs
