// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>

/// Structures of System V IPC and POSIX message queues.
namespace osprey::abi {

/// struct ipc64_perm of x86-64.
struct abi_ipc_perm {
    i32 key;
    u32 uid, gid, creator_uid, creator_gid, mode;
    u16 sequence, padding[3];
    u64 unused[2];
};
static_assert(sizeof(abi_ipc_perm) == 48);

/// struct shmid64_ds.
struct abi_shmid {
    abi_ipc_perm permissions;
    u64 size;
    i64 attached, detached, changed;
    i32 creator, last;
    u64 attachments, unused[2];
};
static_assert(sizeof(abi_shmid) == 112);

struct abi_shminfo {
    u64 maximum, minimum, segments, per_process, total_pages, unused[4];
};
static_assert(sizeof(abi_shminfo) == 72);
struct abi_shm_info {
    i32 used;
    u64 total, resident, swapped, swap_attempts, swap_successes;
};
static_assert(sizeof(abi_shm_info) == 48);

/// struct semid64_ds of x86-64.
struct abi_semid {
    abi_ipc_perm permissions;
    i64 operated;
    u64 unused1;
    i64 changed;
    u64 unused2, count, unused3[2];
};
static_assert(sizeof(abi_semid) == 104);

struct abi_sembuf {
    u16 number;
    i16 operation, how;
};
static_assert(sizeof(abi_sembuf) == 6);

struct abi_seminfo {
    i32 map, sets, semaphores, undos, per_set, operations, undo_entries, undo_bytes, most, adjust;
};
static_assert(sizeof(abi_seminfo) == 40);

/// struct msqid64_ds of x86-64.
struct abi_msqid {
    abi_ipc_perm permissions;
    i64 sent, received, changed;
    u64 bytes, messages, most_bytes;
    i32 last_sender, last_receiver;
    u64 unused[2];
};
static_assert(sizeof(abi_msqid) == 120);

struct abi_msginfo {
    i32 pool, map, message_bytes, queue_bytes, queues, segment_bytes, headers;
    u16 segments;
};
static_assert(sizeof(abi_msginfo) == 32);

/// struct mq_attr (mqueue.h).
struct abi_mq_attr {
    i64 flags, most_messages, message_bytes, messages, reserved[4];
};
static_assert(sizeof(abi_mq_attr) == 64);

}  // namespace osprey::abi
