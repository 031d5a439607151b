// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>

namespace osprey::vfs {

/// File types as in st_mode (inode(7)).
enum class node_type : u32 {
    fifo = 0010000,
    character_device = 0020000,
    directory = 0040000,
    block_device = 0060000,
    regular = 0100000,
    symlink = 0120000,
    socket = 0140000,
    anonymous = 0,  // eventfd, epoll and the like
};

struct device_number {
    u32 major = 0, minor = 0;
};

/// Real-time stamp as files keep it.
struct timestamp {
    i64 seconds = 0;
    u32 nanoseconds = 0;
};
timestamp current_timestamp() noexcept;

/// What stat(2) and statx(2) tell.
struct attributes {
    u64 inode = 0;
    node_type type = node_type::regular;
    u32 permissions = 0;  // the lower 12 bits of st_mode
    u32 links = 1;
    u32 uid = 0, gid = 0;
    u64 size = 0;    // bytes
    u64 blocks = 0;  // 512-byte units
    u32 block_size = 4096;
    device_number device;   // of the filesystem
    device_number special;  // of a device node
    timestamp accessed, modified, changed, born;
};

/// What setattr changes: fields whose bit is set in `which`.
struct attribute_change {
    enum bit : u32 { permissions = 1, uid = 2, gid = 4, size = 8, accessed = 16, modified = 32 };
    u32 which = 0;
    attributes values;
};

/// What statfs(2) tells.
struct filesystem_statistics {
    u64 type = 0;  // magic number, as Linux names it (EROFS 0xE0F5E1E2, TMPFS 0x01021994 …)
    u64 block_size = 4096;
    u64 blocks = 0, blocks_free = 0, files = 0, files_free = 0;
    u64 id = 0;
    u32 name_length = 255;
    u32 mount_flags = 0;  // ST_*
};

}  // namespace osprey::vfs
