// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>
#include <linux/abi/time.hh>

/// Structures that describe files.
namespace osprey::abi {

/// struct stat of x86-64 (arch/x86/include/uapi/asm/stat.h).
struct abi_stat {
    u64 device, inode, links;
    u32 mode, uid, gid, padding;
    u64 special_device;
    i64 size, block_size, blocks;
    abi_timespec accessed, modified, changed;
    i64 unused[3];
};
static_assert(sizeof(abi_stat) == 144);
static_assert(__builtin_offsetof(abi_stat, mode) == 24);
static_assert(__builtin_offsetof(abi_stat, size) == 48);
static_assert(__builtin_offsetof(abi_stat, accessed) == 72);

/// struct statx (include/uapi/linux/stat.h).
struct abi_statx_timestamp {
    i64 seconds;
    u32 nanoseconds;
    i32 reserved;
};
struct abi_statx {
    u32 mask, block_size;
    u64 attributes;
    u32 links, uid, gid;
    u16 mode, spare0;
    u64 inode, size, blocks, attributes_mask;
    abi_statx_timestamp accessed, born, changed, modified;
    u32 special_major, special_minor, device_major, device_minor;
    u64 mount_id;
    u32 direct_memory_alignment, direct_offset_alignment;
    u64 spare[12];
};
static_assert(sizeof(abi_statx) == 256);
static_assert(__builtin_offsetof(abi_statx, mode) == 28);
static_assert(__builtin_offsetof(abi_statx, accessed) == 64);
static_assert(__builtin_offsetof(abi_statx, mount_id) == 144);

/// struct statfs of 64-bit architectures (asm-generic/statfs.h).
struct abi_statfs {
    i64 type, block_size;
    u64 blocks, blocks_free, blocks_available, files, files_free;
    i32 id[2];
    i64 name_length, fragment_size, flags, spare[4];
};
static_assert(sizeof(abi_statfs) == 120);

/// The fixed part of struct linux_dirent64; the name with its zero byte follows.
struct abi_dirent64 {
    u64 inode;
    i64 next;
    u16 size;
    u8 type;
};
inline constexpr usize dirent64_name_offset = 19;
static_assert(__builtin_offsetof(abi_dirent64, type) == 18);

/// The fixed part of struct linux_dirent of getdents(2): the type stands in the last byte.
struct abi_dirent {
    u64 inode;
    u64 next;
    u16 size;
};
inline constexpr usize dirent_name_offset = 18;

/// struct open_how (include/uapi/linux/openat2.h).
struct abi_open_how {
    u64 flags, mode, resolve;
};
static_assert(sizeof(abi_open_how) == 24);

/// struct flock of 64-bit architectures (asm-generic/fcntl.h).
struct abi_flock {
    i16 type, whence;
    i64 start, length;
    i32 pid;
};
static_assert(sizeof(abi_flock) == 32);

struct abi_owner_ex {
    i32 kind, pid;
};
static_assert(sizeof(abi_owner_ex) == 8);

struct abi_iovec {
    u64 base, length;
};
static_assert(sizeof(abi_iovec) == 16);

struct fd_pair {
    i32 fd[2];
};
static_assert(sizeof(fd_pair) == 8);

}  // namespace osprey::abi
