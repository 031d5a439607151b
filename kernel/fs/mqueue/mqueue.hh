// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/heap.hh>
#include <fs/mqueue/queue.hh>
#include <vfs/file.hh>

/// POSIX message queues (mq_overview(7)): the objects behind mq_open(2), and the filesystem in
/// which they have their names (/dev/mqueue).
namespace osprey::fs {

/// mq_open(2) of a name without its slash. `flags`: O_*; `wanted`: null for the defaults.
/// @return `errc::no_entry`, `errc::exists`, `errc::access_denied` (a slash in the name),
/// `errc::name_too_long`, `errc::invalid_argument` (limits), `errc::no_space` (queues),
/// `errc::too_many_files` (bytes beyond `byte_limit`, RLIMIT_MSGQUEUE).
struct mqueue_request {
    std::string_view name;
    u32 flags;
    u32 permissions;
    const queue_limits* wanted;
    u64 byte_limit;
    u32 uid, gid;
};
result<refptr<vfs::file>> open_mqueue(const mqueue_request& what) noexcept;
/// mq_unlink(2).
result<void> unlink_mqueue(std::string_view name) noexcept;
/// The queue behind a descriptor. @return `errc::bad_descriptor` for other files.
result<message_box*> mqueue_of(vfs::file& f) noexcept;

/// The one instance of the filesystem. Context: threads.
result<refptr<vfs::filesystem>> mqueue_filesystem() noexcept;
/// Registers "mqueue" for mount(2). Once, at boot.
void register_mqueue_filesystem() noexcept;

}  // namespace osprey::fs
