// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>

/// Structures about the machine and System V shared memory.
namespace osprey::abi {

struct abi_utsname {
    char system[65], node[65], release[65], version[65], machine[65], domain[65];
};
static_assert(sizeof(abi_utsname) == 390);

struct abi_sysinfo {
    i64 uptime;
    u64 loads[3], total_memory, free_memory, shared_memory, buffer_memory, total_swap, free_swap;
    u16 processes, padding;
    u64 total_high, free_high;
    u32 memory_unit;
};
static_assert(sizeof(abi_sysinfo) == 112);
static_assert(__builtin_offsetof(abi_sysinfo, memory_unit) == 104);

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

}  // namespace osprey::abi
