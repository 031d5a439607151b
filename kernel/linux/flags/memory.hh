// SPDX-License-Identifier: BSD-3-Clause
// Memory: mmap(2) and what changes mappings: names and values of the flags, commands and options
// (include/uapi of Linux 6.1, as on x86-64).
#pragma once

#include <linux/arguments.hh>

namespace osprey::abi {

struct protection_flags {
    static constexpr bool wide = true;
    enum : u64 {
        prot_read = 1,
        prot_write = 2,
        prot_exec = 4,
        prot_sem = 8,
        prot_growsdown = 0x1000000,
        prot_growsup = 0x2000000,
    };
    static constexpr value_name names[] = {
        {prot_read, "PROT_READ"},           {prot_write, "PROT_WRITE"},
        {prot_exec, "PROT_EXEC"},           {prot_sem, "PROT_SEM"},
        {prot_growsdown, "PROT_GROWSDOWN"}, {prot_growsup, "PROT_GROWSUP"},
    };
};

struct map_flags {
    static constexpr bool wide = true;
    enum : u64 {
        map_shared_validate = 3,
        map_shared = 1,
        map_private = 2,
        map_fixed = 0x10,
        map_anonymous = 0x20,
        map_32bit = 0x40,
        map_growsdown = 0x100,
        map_denywrite = 0x800,
        map_executable = 0x1000,
        map_locked = 0x2000,
        map_noreserve = 0x4000,
        map_populate = 0x8000,
        map_nonblock = 0x10000,
        map_stack = 0x20000,
        map_hugetlb = 0x40000,
        map_sync = 0x80000,
        map_fixed_noreplace = 0x100000,
    };
    static constexpr value_name names[] = {
        {map_shared_validate, "MAP_SHARED_VALIDATE"},
        {map_shared, "MAP_SHARED"},
        {map_private, "MAP_PRIVATE"},
        {map_fixed, "MAP_FIXED"},
        {map_anonymous, "MAP_ANONYMOUS"},
        {map_32bit, "MAP_32BIT"},
        {map_growsdown, "MAP_GROWSDOWN"},
        {map_denywrite, "MAP_DENYWRITE"},
        {map_executable, "MAP_EXECUTABLE"},
        {map_locked, "MAP_LOCKED"},
        {map_noreserve, "MAP_NORESERVE"},
        {map_populate, "MAP_POPULATE"},
        {map_nonblock, "MAP_NONBLOCK"},
        {map_stack, "MAP_STACK"},
        {map_hugetlb, "MAP_HUGETLB"},
        {map_sync, "MAP_SYNC"},
        {map_fixed_noreplace, "MAP_FIXED_NOREPLACE"},
    };
};

struct mremap_flags {
    static constexpr bool wide = true;
    enum : u64 {
        mremap_maymove = 1,
        mremap_fixed = 2,
        mremap_dontunmap = 4,
    };
    static constexpr value_name names[] = {
        {mremap_maymove, "MREMAP_MAYMOVE"},
        {mremap_fixed, "MREMAP_FIXED"},
        {mremap_dontunmap, "MREMAP_DONTUNMAP"},
    };
};

struct madvise_values {
    enum : u64 {
        madv_normal = 0,
        madv_random = 1,
        madv_sequential = 2,
        madv_willneed = 3,
        madv_dontneed = 4,
        madv_free = 8,
        madv_remove = 9,
        madv_dontfork = 0xa,
        madv_dofork = 0xb,
        madv_mergeable = 0xc,
        madv_unmergeable = 0xd,
        madv_hugepage = 0xe,
        madv_nohugepage = 0xf,
        madv_dontdump = 0x10,
        madv_dodump = 0x11,
        madv_wipeonfork = 0x12,
        madv_keeponfork = 0x13,
        madv_cold = 0x14,
        madv_pageout = 0x15,
        madv_populate_read = 0x16,
        madv_populate_write = 0x17,
        madv_dontneed_locked = 0x18,
        madv_collapse = 0x19,
        madv_hwpoison = 0x64,
    };
    static constexpr value_name names[] = {
        {madv_normal, "MADV_NORMAL"},
        {madv_random, "MADV_RANDOM"},
        {madv_sequential, "MADV_SEQUENTIAL"},
        {madv_willneed, "MADV_WILLNEED"},
        {madv_dontneed, "MADV_DONTNEED"},
        {madv_free, "MADV_FREE"},
        {madv_remove, "MADV_REMOVE"},
        {madv_dontfork, "MADV_DONTFORK"},
        {madv_dofork, "MADV_DOFORK"},
        {madv_mergeable, "MADV_MERGEABLE"},
        {madv_unmergeable, "MADV_UNMERGEABLE"},
        {madv_hugepage, "MADV_HUGEPAGE"},
        {madv_nohugepage, "MADV_NOHUGEPAGE"},
        {madv_dontdump, "MADV_DONTDUMP"},
        {madv_dodump, "MADV_DODUMP"},
        {madv_wipeonfork, "MADV_WIPEONFORK"},
        {madv_keeponfork, "MADV_KEEPONFORK"},
        {madv_cold, "MADV_COLD"},
        {madv_pageout, "MADV_PAGEOUT"},
        {madv_populate_read, "MADV_POPULATE_READ"},
        {madv_populate_write, "MADV_POPULATE_WRITE"},
        {madv_dontneed_locked, "MADV_DONTNEED_LOCKED"},
        {madv_collapse, "MADV_COLLAPSE"},
        {madv_hwpoison, "MADV_HWPOISON"},
    };
};

struct msync_flags {
    enum : u64 {
        ms_async = 1,
        ms_invalidate = 2,
        ms_sync = 4,
    };
    static constexpr value_name names[] = {
        {ms_async, "MS_ASYNC"},
        {ms_invalidate, "MS_INVALIDATE"},
        {ms_sync, "MS_SYNC"},
    };
};

struct mlock2_flags {
    enum : u64 {
        mlock_onfault = 1,
    };
    static constexpr value_name names[] = {
        {mlock_onfault, "MLOCK_ONFAULT"},
    };
};

struct mlockall_flags {
    enum : u64 {
        mcl_current = 1,
        mcl_future = 2,
        mcl_onfault = 4,
    };
    static constexpr value_name names[] = {
        {mcl_current, "MCL_CURRENT"},
        {mcl_future, "MCL_FUTURE"},
        {mcl_onfault, "MCL_ONFAULT"},
    };
};

struct membarrier_commands {
    enum : u64 {
        membarrier_cmd_query = 0,
        membarrier_cmd_global = 1,
        membarrier_cmd_global_expedited = 2,
        membarrier_cmd_register_global_expedited = 4,
        membarrier_cmd_private_expedited = 8,
        membarrier_cmd_register_private_expedited = 0x10,
        membarrier_cmd_private_expedited_sync_core = 0x20,
        membarrier_cmd_register_private_expedited_sync_core = 0x40,
        membarrier_cmd_private_expedited_rseq = 0x80,
        membarrier_cmd_register_private_expedited_rseq = 0x100,
    };
    static constexpr value_name names[] = {
        {membarrier_cmd_query, "MEMBARRIER_CMD_QUERY"},
        {membarrier_cmd_global, "MEMBARRIER_CMD_GLOBAL"},
        {membarrier_cmd_global_expedited, "MEMBARRIER_CMD_GLOBAL_EXPEDITED"},
        {membarrier_cmd_register_global_expedited, "MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED"},
        {membarrier_cmd_private_expedited, "MEMBARRIER_CMD_PRIVATE_EXPEDITED"},
        {membarrier_cmd_register_private_expedited, "MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED"},
        {membarrier_cmd_private_expedited_sync_core, "MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE"},
        {membarrier_cmd_register_private_expedited_sync_core,
         "MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE"},
        {membarrier_cmd_private_expedited_rseq, "MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ"},
        {membarrier_cmd_register_private_expedited_rseq,
         "MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ"},
    };
};

struct policy_modes {
    enum : u64 {
        mpol_default = 0,
        mpol_preferred = 1,
        mpol_bind = 2,
        mpol_interleave = 3,
        mpol_local = 4,
        mpol_preferred_many = 5,
        mpol_f_numa_balancing = 0x2000,
        mpol_f_relative_nodes = 0x4000,
        mpol_f_static_nodes = 0x8000,
    };
    static constexpr value_name names[] = {
        {mpol_default, "MPOL_DEFAULT"},
        {mpol_preferred, "MPOL_PREFERRED"},
        {mpol_bind, "MPOL_BIND"},
        {mpol_interleave, "MPOL_INTERLEAVE"},
        {mpol_local, "MPOL_LOCAL"},
        {mpol_preferred_many, "MPOL_PREFERRED_MANY"},
        {mpol_f_numa_balancing, "MPOL_F_NUMA_BALANCING"},
        {mpol_f_relative_nodes, "MPOL_F_RELATIVE_NODES"},
        {mpol_f_static_nodes, "MPOL_F_STATIC_NODES"},
    };
};

struct mbind_flags {
    enum : u64 {
        mpol_mf_strict = 1,
        mpol_mf_move = 2,
        mpol_mf_move_all = 4,
    };
    static constexpr value_name names[] = {
        {mpol_mf_strict, "MPOL_MF_STRICT"},
        {mpol_mf_move, "MPOL_MF_MOVE"},
        {mpol_mf_move_all, "MPOL_MF_MOVE_ALL"},
    };
};

struct get_policy_flags {
    static constexpr bool wide = true;
    enum : u64 {
        mpol_f_node = 1,
        mpol_f_addr = 2,
        mpol_f_mems_allowed = 4,
    };
    static constexpr value_name names[] = {
        {mpol_f_node, "MPOL_F_NODE"},
        {mpol_f_addr, "MPOL_F_ADDR"},
        {mpol_f_mems_allowed, "MPOL_F_MEMS_ALLOWED"},
    };
};

struct memfd_flags {
    enum : u64 {
        mfd_cloexec = 1,
        mfd_allow_sealing = 2,
        mfd_hugetlb = 4,
    };
    static constexpr value_name names[] = {
        {mfd_cloexec, "MFD_CLOEXEC"},
        {mfd_allow_sealing, "MFD_ALLOW_SEALING"},
        {mfd_hugetlb, "MFD_HUGETLB"},
    };
};

}  // namespace osprey::abi
