// SPDX-License-Identifier: BSD-3-Clause
// System V IPC: names and values of the flags, commands and options (include/uapi
// of Linux 6.1, as on x86-64).
#pragma once

#include <linux/arguments.hh>

namespace osprey::abi {

struct shmget_flags {
    enum : u64 {
        ipc_creat = 0x200,
        ipc_excl = 0x400,
        shm_hugetlb = 0x800,
        shm_noreserve = 0x1000,
    };
    static constexpr value_name names[] = {
        {ipc_creat, "IPC_CREAT"},
        {ipc_excl, "IPC_EXCL"},
        {shm_hugetlb, "SHM_HUGETLB"},
        {shm_noreserve, "SHM_NORESERVE"},
    };
};

struct shmat_flags {
    enum : u64 {
        shm_rdonly = 0x1000,
        shm_rnd = 0x2000,
        shm_remap = 0x4000,
        shm_exec = 0x8000,
    };
    static constexpr value_name names[] = {
        {shm_rdonly, "SHM_RDONLY"},
        {shm_rnd, "SHM_RND"},
        {shm_remap, "SHM_REMAP"},
        {shm_exec, "SHM_EXEC"},
    };
};

struct ipc_commands {
    enum : u64 {
        ipc_rmid = 0,
        ipc_set = 1,
        ipc_stat = 2,
        ipc_info = 3,
        shm_lock = 0xb,
        shm_unlock = 0xc,
        shm_stat = 0xd,
        shm_info = 0xe,
        shm_stat_any = 0xf,
    };
    static constexpr value_name names[] = {
        {ipc_rmid, "IPC_RMID"}, {ipc_set, "IPC_SET"},   {ipc_stat, "IPC_STAT"},
        {ipc_info, "IPC_INFO"}, {shm_lock, "SHM_LOCK"}, {shm_unlock, "SHM_UNLOCK"},
        {shm_stat, "SHM_STAT"}, {shm_info, "SHM_INFO"}, {shm_stat_any, "SHM_STAT_ANY"},
    };
};

struct semctl_commands {
    enum : u64 {
        ipc_rmid = 0,
        ipc_set = 1,
        ipc_stat = 2,
        ipc_info = 3,
        getpid = 0xb,
        getval = 0xc,
        getall = 0xd,
        getncnt = 0xe,
        getzcnt = 0xf,
        setval = 0x10,
        setall = 0x11,
        sem_stat = 0x12,
        sem_info = 0x13,
        sem_stat_any = 0x14,
    };
    static constexpr value_name names[] = {
        {ipc_rmid, "IPC_RMID"}, {ipc_set, "IPC_SET"},
        {ipc_stat, "IPC_STAT"}, {ipc_info, "IPC_INFO"},
        {getpid, "GETPID"},     {getval, "GETVAL"},
        {getall, "GETALL"},     {getncnt, "GETNCNT"},
        {getzcnt, "GETZCNT"},   {setval, "SETVAL"},
        {setall, "SETALL"},     {sem_stat, "SEM_STAT"},
        {sem_info, "SEM_INFO"}, {sem_stat_any, "SEM_STAT_ANY"},
    };
};

struct msgctl_commands {
    enum : u64 {
        ipc_rmid = 0,
        ipc_set = 1,
        ipc_stat = 2,
        ipc_info = 3,
        msg_stat = 0xb,
        msg_info = 0xc,
        msg_stat_any = 0xd,
    };
    static constexpr value_name names[] = {
        {ipc_rmid, "IPC_RMID"},         {ipc_set, "IPC_SET"},   {ipc_stat, "IPC_STAT"},
        {ipc_info, "IPC_INFO"},         {msg_stat, "MSG_STAT"}, {msg_info, "MSG_INFO"},
        {msg_stat_any, "MSG_STAT_ANY"},
    };
};

struct msg_flags {
    enum : u64 {
        ipc_nowait = 0x800,
        msg_noerror = 0x1000,
        msg_except = 0x2000,
        msg_copy = 0x4000,
    };
    static constexpr value_name names[] = {
        {ipc_nowait, "IPC_NOWAIT"},
        {msg_noerror, "MSG_NOERROR"},
        {msg_except, "MSG_EXCEPT"},
        {msg_copy, "MSG_COPY"},
    };
};

}  // namespace osprey::abi
