// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <linux/arguments.hh>

/// Names and values of the flags, commands and options of system calls (include/uapi of Linux 6.1,
/// as on x86-64). Where several bits have a name together, that name stands before its parts.
namespace osprey::abi {

struct protection_flags {
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

struct open_flags {
    enum : u64 {
        o_wronly = 1,
        o_rdwr = 2,
        o_creat = 0x40,
        o_excl = 0x80,
        o_noctty = 0x100,
        o_trunc = 0x200,
        o_append = 0x400,
        o_nonblock = 0x800,
        o_sync = 0x101000,
        o_dsync = 0x1000,
        o_async = 0x2000,
        o_direct = 0x4000,
        o_largefile = 0x8000,
        o_tmpfile = 0x410000,
        o_directory = 0x10000,
        o_nofollow = 0x20000,
        o_noatime = 0x40000,
        o_cloexec = 0x80000,
        o_path = 0x200000,
    };
    static constexpr value_name names[] = {
        {o_wronly, "O_WRONLY"},       {o_rdwr, "O_RDWR"},         {o_creat, "O_CREAT"},
        {o_excl, "O_EXCL"},           {o_noctty, "O_NOCTTY"},     {o_trunc, "O_TRUNC"},
        {o_append, "O_APPEND"},       {o_nonblock, "O_NONBLOCK"}, {o_sync, "O_SYNC"},
        {o_dsync, "O_DSYNC"},         {o_async, "O_ASYNC"},       {o_direct, "O_DIRECT"},
        {o_largefile, "O_LARGEFILE"}, {o_tmpfile, "O_TMPFILE"},   {o_directory, "O_DIRECTORY"},
        {o_nofollow, "O_NOFOLLOW"},   {o_noatime, "O_NOATIME"},   {o_cloexec, "O_CLOEXEC"},
        {o_path, "O_PATH"},
    };
};

struct resolve_flags {
    enum : u64 {
        resolve_no_xdev = 1,
        resolve_no_magiclinks = 2,
        resolve_no_symlinks = 4,
        resolve_beneath = 8,
        resolve_in_root = 0x10,
        resolve_cached = 0x20,
    };
    static constexpr value_name names[] = {
        {resolve_no_xdev, "RESOLVE_NO_XDEV"},
        {resolve_no_magiclinks, "RESOLVE_NO_MAGICLINKS"},
        {resolve_no_symlinks, "RESOLVE_NO_SYMLINKS"},
        {resolve_beneath, "RESOLVE_BENEATH"},
        {resolve_in_root, "RESOLVE_IN_ROOT"},
        {resolve_cached, "RESOLVE_CACHED"},
    };
};

struct close_range_flags {
    enum : u64 {
        close_range_unshare = 2,
        close_range_cloexec = 4,
    };
    static constexpr value_name names[] = {
        {close_range_unshare, "CLOSE_RANGE_UNSHARE"},
        {close_range_cloexec, "CLOSE_RANGE_CLOEXEC"},
    };
};

struct cloexec_flags {
    enum : u64 {
        o_cloexec = 0x80000,
    };
    static constexpr value_name names[] = {
        {o_cloexec, "O_CLOEXEC"},
    };
};

struct fcntl_commands {
    enum : u64 {
        f_dupfd = 0,
        f_getfd = 1,
        f_setfd = 2,
        f_getfl = 3,
        f_setfl = 4,
        f_getlk = 5,
        f_setlk = 6,
        f_setlkw = 7,
        f_setown = 8,
        f_getown = 9,
        f_setsig = 0xa,
        f_getsig = 0xb,
        f_setown_ex = 0xf,
        f_getown_ex = 0x10,
        f_ofd_getlk = 0x24,
        f_ofd_setlk = 0x25,
        f_ofd_setlkw = 0x26,
        f_setlease = 0x400,
        f_getlease = 0x401,
        f_notify = 0x402,
        f_dupfd_cloexec = 0x406,
        f_setpipe_sz = 0x407,
        f_getpipe_sz = 0x408,
        f_add_seals = 0x409,
        f_get_seals = 0x40a,
        f_get_rw_hint = 0x40b,
        f_set_rw_hint = 0x40c,
        f_get_file_rw_hint = 0x40d,
        f_set_file_rw_hint = 0x40e,
    };
    static constexpr value_name names[] = {
        {f_dupfd, "F_DUPFD"},
        {f_getfd, "F_GETFD"},
        {f_setfd, "F_SETFD"},
        {f_getfl, "F_GETFL"},
        {f_setfl, "F_SETFL"},
        {f_getlk, "F_GETLK"},
        {f_setlk, "F_SETLK"},
        {f_setlkw, "F_SETLKW"},
        {f_setown, "F_SETOWN"},
        {f_getown, "F_GETOWN"},
        {f_setsig, "F_SETSIG"},
        {f_getsig, "F_GETSIG"},
        {f_setown_ex, "F_SETOWN_EX"},
        {f_getown_ex, "F_GETOWN_EX"},
        {f_ofd_getlk, "F_OFD_GETLK"},
        {f_ofd_setlk, "F_OFD_SETLK"},
        {f_ofd_setlkw, "F_OFD_SETLKW"},
        {f_setlease, "F_SETLEASE"},
        {f_getlease, "F_GETLEASE"},
        {f_notify, "F_NOTIFY"},
        {f_dupfd_cloexec, "F_DUPFD_CLOEXEC"},
        {f_setpipe_sz, "F_SETPIPE_SZ"},
        {f_getpipe_sz, "F_GETPIPE_SZ"},
        {f_add_seals, "F_ADD_SEALS"},
        {f_get_seals, "F_GET_SEALS"},
        {f_get_rw_hint, "F_GET_RW_HINT"},
        {f_set_rw_hint, "F_SET_RW_HINT"},
        {f_get_file_rw_hint, "F_GET_FILE_RW_HINT"},
        {f_set_file_rw_hint, "F_SET_FILE_RW_HINT"},
    };
};

struct flock_flags {
    enum : u64 {
        lock_sh = 1,
        lock_ex = 2,
        lock_nb = 4,
        lock_un = 8,
    };
    static constexpr value_name names[] = {
        {lock_sh, "LOCK_SH"},
        {lock_ex, "LOCK_EX"},
        {lock_nb, "LOCK_NB"},
        {lock_un, "LOCK_UN"},
    };
};

struct ioctl_requests {
    enum : u64 {
        tcgets = 0x5401,
        tcsets = 0x5402,
        tcsetsw = 0x5403,
        tcsetsf = 0x5404,
        tcsbrk = 0x5409,
        tcxonc = 0x540a,
        tcflsh = 0x540b,
        tiocgpgrp = 0x540f,
        tiocspgrp = 0x5410,
        tiocgsid = 0x5429,
        tiocgwinsz = 0x5413,
        tiocswinsz = 0x5414,
        tiocsctty = 0x540e,
        tiocnotty = 0x5422,
        fionread = 0x541b,
        fionbio = 0x5421,
        fioasync = 0x5452,
        fioclex = 0x5451,
        fionclex = 0x5450,
        fioqsize = 0x5460,
        tiocgptn = 0x80045430,
        tiocsptlck = 0x40045431,
        ficlone = 0x40049409,
        ficlonerange = 0x4020940d,
        figetbsz = 2,
        fs_ioc_getflags = 0x80086601,
    };
    static constexpr value_name names[] = {
        {tcgets, "TCGETS"},         {tcsets, "TCSETS"},
        {tcsetsw, "TCSETSW"},       {tcsetsf, "TCSETSF"},
        {tcsbrk, "TCSBRK"},         {tcxonc, "TCXONC"},
        {tcflsh, "TCFLSH"},         {tiocgpgrp, "TIOCGPGRP"},
        {tiocspgrp, "TIOCSPGRP"},   {tiocgsid, "TIOCGSID"},
        {tiocgwinsz, "TIOCGWINSZ"}, {tiocswinsz, "TIOCSWINSZ"},
        {tiocsctty, "TIOCSCTTY"},   {tiocnotty, "TIOCNOTTY"},
        {fionread, "FIONREAD"},     {fionbio, "FIONBIO"},
        {fioasync, "FIOASYNC"},     {fioclex, "FIOCLEX"},
        {fionclex, "FIONCLEX"},     {fioqsize, "FIOQSIZE"},
        {tiocgptn, "TIOCGPTN"},     {tiocsptlck, "TIOCSPTLCK"},
        {ficlone, "FICLONE"},       {ficlonerange, "FICLONERANGE"},
        {figetbsz, "FIGETBSZ"},     {fs_ioc_getflags, "FS_IOC_GETFLAGS"},
    };
};

struct rwf_flags {
    enum : u64 {
        rwf_hipri = 1,
        rwf_dsync = 2,
        rwf_sync = 4,
        rwf_nowait = 8,
        rwf_append = 0x10,
    };
    static constexpr value_name names[] = {
        {rwf_hipri, "RWF_HIPRI"},   {rwf_dsync, "RWF_DSYNC"},   {rwf_sync, "RWF_SYNC"},
        {rwf_nowait, "RWF_NOWAIT"}, {rwf_append, "RWF_APPEND"},
    };
};

struct seek_origins {
    enum : u64 {
        seek_set = 0,
        seek_cur = 1,
        seek_end = 2,
        seek_data = 3,
        seek_hole = 4,
    };
    static constexpr value_name names[] = {
        {seek_set, "SEEK_SET"},   {seek_cur, "SEEK_CUR"},   {seek_end, "SEEK_END"},
        {seek_data, "SEEK_DATA"}, {seek_hole, "SEEK_HOLE"},
    };
};

struct splice_flags {
    enum : u64 {
        splice_f_move = 1,
        splice_f_nonblock = 2,
        splice_f_more = 4,
        splice_f_gift = 8,
    };
    static constexpr value_name names[] = {
        {splice_f_move, "SPLICE_F_MOVE"},
        {splice_f_nonblock, "SPLICE_F_NONBLOCK"},
        {splice_f_more, "SPLICE_F_MORE"},
        {splice_f_gift, "SPLICE_F_GIFT"},
    };
};

struct fallocate_flags {
    enum : u64 {
        falloc_fl_keep_size = 1,
        falloc_fl_punch_hole = 2,
        falloc_fl_collapse_range = 8,
        falloc_fl_zero_range = 0x10,
        falloc_fl_insert_range = 0x20,
        falloc_fl_unshare_range = 0x40,
    };
    static constexpr value_name names[] = {
        {falloc_fl_keep_size, "FALLOC_FL_KEEP_SIZE"},
        {falloc_fl_punch_hole, "FALLOC_FL_PUNCH_HOLE"},
        {falloc_fl_collapse_range, "FALLOC_FL_COLLAPSE_RANGE"},
        {falloc_fl_zero_range, "FALLOC_FL_ZERO_RANGE"},
        {falloc_fl_insert_range, "FALLOC_FL_INSERT_RANGE"},
        {falloc_fl_unshare_range, "FALLOC_FL_UNSHARE_RANGE"},
    };
};

struct sync_range_flags {
    enum : u64 {
        sync_file_range_wait_before = 1,
        sync_file_range_write = 2,
        sync_file_range_wait_after = 4,
    };
    static constexpr value_name names[] = {
        {sync_file_range_wait_before, "SYNC_FILE_RANGE_WAIT_BEFORE"},
        {sync_file_range_write, "SYNC_FILE_RANGE_WRITE"},
        {sync_file_range_wait_after, "SYNC_FILE_RANGE_WAIT_AFTER"},
    };
};

struct fadvise_values {
    enum : u64 {
        posix_fadv_normal = 0,
        posix_fadv_random = 1,
        posix_fadv_sequential = 2,
        posix_fadv_willneed = 3,
        posix_fadv_dontneed = 4,
        posix_fadv_noreuse = 5,
    };
    static constexpr value_name names[] = {
        {posix_fadv_normal, "POSIX_FADV_NORMAL"},
        {posix_fadv_random, "POSIX_FADV_RANDOM"},
        {posix_fadv_sequential, "POSIX_FADV_SEQUENTIAL"},
        {posix_fadv_willneed, "POSIX_FADV_WILLNEED"},
        {posix_fadv_dontneed, "POSIX_FADV_DONTNEED"},
        {posix_fadv_noreuse, "POSIX_FADV_NOREUSE"},
    };
};

struct at_flags {
    enum : u64 {
        at_symlink_nofollow = 0x100,
        at_removedir = 0x200,
        at_symlink_follow = 0x400,
        at_no_automount = 0x800,
        at_empty_path = 0x1000,
        at_statx_force_sync = 0x2000,
        at_statx_dont_sync = 0x4000,
        at_recursive = 0x8000,
    };
    static constexpr value_name names[] = {
        {at_symlink_nofollow, "AT_SYMLINK_NOFOLLOW"},
        {at_removedir, "AT_REMOVEDIR"},
        {at_symlink_follow, "AT_SYMLINK_FOLLOW"},
        {at_no_automount, "AT_NO_AUTOMOUNT"},
        {at_empty_path, "AT_EMPTY_PATH"},
        {at_statx_force_sync, "AT_STATX_FORCE_SYNC"},
        {at_statx_dont_sync, "AT_STATX_DONT_SYNC"},
        {at_recursive, "AT_RECURSIVE"},
    };
};

struct statx_mask {
    enum : u64 {
        statx_basic_stats = 0x7ff,
        statx_type = 1,
        statx_mode = 2,
        statx_nlink = 4,
        statx_uid = 8,
        statx_gid = 0x10,
        statx_atime = 0x20,
        statx_mtime = 0x40,
        statx_ctime = 0x80,
        statx_ino = 0x100,
        statx_size = 0x200,
        statx_blocks = 0x400,
        statx_btime = 0x800,
        statx_mnt_id = 0x1000,
        statx_dioalign = 0x2000,
        statx__reserved = 0x80000000,
    };
    static constexpr value_name names[] = {
        {statx_basic_stats, "STATX_BASIC_STATS"},
        {statx_type, "STATX_TYPE"},
        {statx_mode, "STATX_MODE"},
        {statx_nlink, "STATX_NLINK"},
        {statx_uid, "STATX_UID"},
        {statx_gid, "STATX_GID"},
        {statx_atime, "STATX_ATIME"},
        {statx_mtime, "STATX_MTIME"},
        {statx_ctime, "STATX_CTIME"},
        {statx_ino, "STATX_INO"},
        {statx_size, "STATX_SIZE"},
        {statx_blocks, "STATX_BLOCKS"},
        {statx_btime, "STATX_BTIME"},
        {statx_mnt_id, "STATX_MNT_ID"},
        {statx_dioalign, "STATX_DIOALIGN"},
        {statx__reserved, "STATX__RESERVED"},
    };
};

struct access_modes {
    enum : u64 {
        r_ok = 4,
        w_ok = 2,
        x_ok = 1,
    };
    static constexpr value_name names[] = {
        {r_ok, "R_OK"},
        {w_ok, "W_OK"},
        {x_ok, "X_OK"},
    };
};

struct xattr_flags {
    enum : u64 {
        xattr_create = 1,
        xattr_replace = 2,
    };
    static constexpr value_name names[] = {
        {xattr_create, "XATTR_CREATE"},
        {xattr_replace, "XATTR_REPLACE"},
    };
};

struct rename_flags {
    enum : u64 {
        rename_noreplace = 1,
        rename_exchange = 2,
        rename_whiteout = 4,
    };
    static constexpr value_name names[] = {
        {rename_noreplace, "RENAME_NOREPLACE"},
        {rename_exchange, "RENAME_EXCHANGE"},
        {rename_whiteout, "RENAME_WHITEOUT"},
    };
};

struct mount_flags {
    enum : u64 {
        ms_rdonly = 1,
        ms_nosuid = 2,
        ms_nodev = 4,
        ms_noexec = 8,
        ms_synchronous = 0x10,
        ms_remount = 0x20,
        ms_mandlock = 0x40,
        ms_dirsync = 0x80,
        ms_noatime = 0x400,
        ms_nodiratime = 0x800,
        ms_bind = 0x1000,
        ms_move = 0x2000,
        ms_rec = 0x4000,
        ms_silent = 0x8000,
        ms_posixacl = 0x10000,
        ms_unbindable = 0x20000,
        ms_private = 0x40000,
        ms_slave = 0x80000,
        ms_shared = 0x100000,
        ms_relatime = 0x200000,
        ms_kernmount = 0x400000,
        ms_i_version = 0x800000,
        ms_strictatime = 0x1000000,
        ms_lazytime = 0x2000000,
    };
    static constexpr value_name names[] = {
        {ms_rdonly, "MS_RDONLY"},
        {ms_nosuid, "MS_NOSUID"},
        {ms_nodev, "MS_NODEV"},
        {ms_noexec, "MS_NOEXEC"},
        {ms_synchronous, "MS_SYNCHRONOUS"},
        {ms_remount, "MS_REMOUNT"},
        {ms_mandlock, "MS_MANDLOCK"},
        {ms_dirsync, "MS_DIRSYNC"},
        {ms_noatime, "MS_NOATIME"},
        {ms_nodiratime, "MS_NODIRATIME"},
        {ms_bind, "MS_BIND"},
        {ms_move, "MS_MOVE"},
        {ms_rec, "MS_REC"},
        {ms_silent, "MS_SILENT"},
        {ms_posixacl, "MS_POSIXACL"},
        {ms_unbindable, "MS_UNBINDABLE"},
        {ms_private, "MS_PRIVATE"},
        {ms_slave, "MS_SLAVE"},
        {ms_shared, "MS_SHARED"},
        {ms_relatime, "MS_RELATIME"},
        {ms_kernmount, "MS_KERNMOUNT"},
        {ms_i_version, "MS_I_VERSION"},
        {ms_strictatime, "MS_STRICTATIME"},
        {ms_lazytime, "MS_LAZYTIME"},
    };
};

struct umount_flags {
    enum : u64 {
        mnt_force = 1,
        mnt_detach = 2,
        mnt_expire = 4,
        umount_nofollow = 8,
    };
    static constexpr value_name names[] = {
        {mnt_force, "MNT_FORCE"},
        {mnt_detach, "MNT_DETACH"},
        {mnt_expire, "MNT_EXPIRE"},
        {umount_nofollow, "UMOUNT_NOFOLLOW"},
    };
};

struct inotify_init_flags {
    enum : u64 {
        in_cloexec = 0x80000,
        in_nonblock = 0x800,
    };
    static constexpr value_name names[] = {
        {in_cloexec, "IN_CLOEXEC"},
        {in_nonblock, "IN_NONBLOCK"},
    };
};

struct inotify_events {
    enum : u64 {
        in_access = 1,
        in_modify = 2,
        in_attrib = 4,
        in_close_write = 8,
        in_close_nowrite = 0x10,
        in_open = 0x20,
        in_moved_from = 0x40,
        in_moved_to = 0x80,
        in_create = 0x100,
        in_delete = 0x200,
        in_delete_self = 0x400,
        in_move_self = 0x800,
        in_unmount = 0x2000,
        in_q_overflow = 0x4000,
        in_ignored = 0x8000,
        in_onlydir = 0x1000000,
        in_dont_follow = 0x2000000,
        in_excl_unlink = 0x4000000,
        in_mask_create = 0x10000000,
        in_mask_add = 0x20000000,
        in_isdir = 0x40000000,
        in_oneshot = 0x80000000,
    };
    static constexpr value_name names[] = {
        {in_access, "IN_ACCESS"},
        {in_modify, "IN_MODIFY"},
        {in_attrib, "IN_ATTRIB"},
        {in_close_write, "IN_CLOSE_WRITE"},
        {in_close_nowrite, "IN_CLOSE_NOWRITE"},
        {in_open, "IN_OPEN"},
        {in_moved_from, "IN_MOVED_FROM"},
        {in_moved_to, "IN_MOVED_TO"},
        {in_create, "IN_CREATE"},
        {in_delete, "IN_DELETE"},
        {in_delete_self, "IN_DELETE_SELF"},
        {in_move_self, "IN_MOVE_SELF"},
        {in_unmount, "IN_UNMOUNT"},
        {in_q_overflow, "IN_Q_OVERFLOW"},
        {in_ignored, "IN_IGNORED"},
        {in_onlydir, "IN_ONLYDIR"},
        {in_dont_follow, "IN_DONT_FOLLOW"},
        {in_excl_unlink, "IN_EXCL_UNLINK"},
        {in_mask_create, "IN_MASK_CREATE"},
        {in_mask_add, "IN_MASK_ADD"},
        {in_isdir, "IN_ISDIR"},
        {in_oneshot, "IN_ONESHOT"},
    };
};

struct pipe_flags {
    enum : u64 {
        o_cloexec = 0x80000,
        o_direct = 0x4000,
        o_nonblock = 0x800,
    };
    static constexpr value_name names[] = {
        {o_cloexec, "O_CLOEXEC"},
        {o_direct, "O_DIRECT"},
        {o_nonblock, "O_NONBLOCK"},
    };
};

struct poll_bits {
    enum : u64 {
        pollin = 1,
        pollpri = 2,
        pollout = 4,
        pollerr = 8,
        pollhup = 0x10,
        pollnval = 0x20,
        pollrdnorm = 0x40,
        pollrdband = 0x80,
        pollwrnorm = 0x100,
        pollwrband = 0x200,
        pollmsg = 0x400,
        pollrdhup = 0x2000,
    };
    static constexpr value_name names[] = {
        {pollin, "POLLIN"},         {pollpri, "POLLPRI"},       {pollout, "POLLOUT"},
        {pollerr, "POLLERR"},       {pollhup, "POLLHUP"},       {pollnval, "POLLNVAL"},
        {pollrdnorm, "POLLRDNORM"}, {pollrdband, "POLLRDBAND"}, {pollwrnorm, "POLLWRNORM"},
        {pollwrband, "POLLWRBAND"}, {pollmsg, "POLLMSG"},       {pollrdhup, "POLLRDHUP"},
    };
};

struct epoll_create_flags {
    enum : u64 {
        epoll_cloexec = 0x80000,
    };
    static constexpr value_name names[] = {
        {epoll_cloexec, "EPOLL_CLOEXEC"},
    };
};

struct epoll_operations {
    enum : u64 {
        epoll_ctl_add = 1,
        epoll_ctl_del = 2,
        epoll_ctl_mod = 3,
    };
    static constexpr value_name names[] = {
        {epoll_ctl_add, "EPOLL_CTL_ADD"},
        {epoll_ctl_del, "EPOLL_CTL_DEL"},
        {epoll_ctl_mod, "EPOLL_CTL_MOD"},
    };
};

struct epoll_bits {
    enum : u64 {
        epollin = 1,
        epollpri = 2,
        epollout = 4,
        epollerr = 8,
        epollhup = 0x10,
        epollrdnorm = 0x40,
        epollrdband = 0x80,
        epollwrnorm = 0x100,
        epollwrband = 0x200,
        epollmsg = 0x400,
        epollrdhup = 0x2000,
        epollexclusive = 0x10000000,
        epollwakeup = 0x20000000,
        epolloneshot = 0x40000000,
        epollet = 0x80000000,
    };
    static constexpr value_name names[] = {
        {epollin, "EPOLLIN"},         {epollpri, "EPOLLPRI"},
        {epollout, "EPOLLOUT"},       {epollerr, "EPOLLERR"},
        {epollhup, "EPOLLHUP"},       {epollrdnorm, "EPOLLRDNORM"},
        {epollrdband, "EPOLLRDBAND"}, {epollwrnorm, "EPOLLWRNORM"},
        {epollwrband, "EPOLLWRBAND"}, {epollmsg, "EPOLLMSG"},
        {epollrdhup, "EPOLLRDHUP"},   {epollexclusive, "EPOLLEXCLUSIVE"},
        {epollwakeup, "EPOLLWAKEUP"}, {epolloneshot, "EPOLLONESHOT"},
        {epollet, "EPOLLET"},
    };
};

struct eventfd_flags {
    enum : u64 {
        efd_semaphore = 1,
        efd_cloexec = 0x80000,
        efd_nonblock = 0x800,
    };
    static constexpr value_name names[] = {
        {efd_semaphore, "EFD_SEMAPHORE"},
        {efd_cloexec, "EFD_CLOEXEC"},
        {efd_nonblock, "EFD_NONBLOCK"},
    };
};

struct timerfd_flags {
    enum : u64 {
        tfd_cloexec = 0x80000,
        tfd_nonblock = 0x800,
    };
    static constexpr value_name names[] = {
        {tfd_cloexec, "TFD_CLOEXEC"},
        {tfd_nonblock, "TFD_NONBLOCK"},
    };
};

struct timer_set_flags {
    enum : u64 {
        timer_abstime = 1,
        timer_cancel_on_set = 2,
    };
    static constexpr value_name names[] = {
        {timer_abstime, "TIMER_ABSTIME"},
        {timer_cancel_on_set, "TIMER_CANCEL_ON_SET"},
    };
};

struct signalfd_flags {
    enum : u64 {
        sfd_cloexec = 0x80000,
        sfd_nonblock = 0x800,
    };
    static constexpr value_name names[] = {
        {sfd_cloexec, "SFD_CLOEXEC"},
        {sfd_nonblock, "SFD_NONBLOCK"},
    };
};

struct clock_names {
    enum : u64 {
        clock_realtime = 0,
        clock_monotonic = 1,
        clock_process_cputime_id = 2,
        clock_thread_cputime_id = 3,
        clock_monotonic_raw = 4,
        clock_realtime_coarse = 5,
        clock_monotonic_coarse = 6,
        clock_boottime = 7,
        clock_realtime_alarm = 8,
        clock_boottime_alarm = 9,
        clock_tai = 0xb,
    };
    static constexpr value_name names[] = {
        {clock_realtime, "CLOCK_REALTIME"},
        {clock_monotonic, "CLOCK_MONOTONIC"},
        {clock_process_cputime_id, "CLOCK_PROCESS_CPUTIME_ID"},
        {clock_thread_cputime_id, "CLOCK_THREAD_CPUTIME_ID"},
        {clock_monotonic_raw, "CLOCK_MONOTONIC_RAW"},
        {clock_realtime_coarse, "CLOCK_REALTIME_COARSE"},
        {clock_monotonic_coarse, "CLOCK_MONOTONIC_COARSE"},
        {clock_boottime, "CLOCK_BOOTTIME"},
        {clock_realtime_alarm, "CLOCK_REALTIME_ALARM"},
        {clock_boottime_alarm, "CLOCK_BOOTTIME_ALARM"},
        {clock_tai, "CLOCK_TAI"},
    };
};

struct clone_flags {
    enum : u64 {
        clone_vm = 0x100,
        clone_fs = 0x200,
        clone_files = 0x400,
        clone_sighand = 0x800,
        clone_pidfd = 0x1000,
        clone_ptrace = 0x2000,
        clone_vfork = 0x4000,
        clone_parent = 0x8000,
        clone_thread = 0x10000,
        clone_newns = 0x20000,
        clone_sysvsem = 0x40000,
        clone_settls = 0x80000,
        clone_parent_settid = 0x100000,
        clone_child_cleartid = 0x200000,
        clone_detached = 0x400000,
        clone_untraced = 0x800000,
        clone_child_settid = 0x1000000,
        clone_newcgroup = 0x2000000,
        clone_newuts = 0x4000000,
        clone_newipc = 0x8000000,
        clone_newuser = 0x10000000,
        clone_newpid = 0x20000000,
        clone_newnet = 0x40000000,
        clone_io = 0x80000000,
    };
    static constexpr value_name names[] = {
        {clone_vm, "CLONE_VM"},
        {clone_fs, "CLONE_FS"},
        {clone_files, "CLONE_FILES"},
        {clone_sighand, "CLONE_SIGHAND"},
        {clone_pidfd, "CLONE_PIDFD"},
        {clone_ptrace, "CLONE_PTRACE"},
        {clone_vfork, "CLONE_VFORK"},
        {clone_parent, "CLONE_PARENT"},
        {clone_thread, "CLONE_THREAD"},
        {clone_newns, "CLONE_NEWNS"},
        {clone_sysvsem, "CLONE_SYSVSEM"},
        {clone_settls, "CLONE_SETTLS"},
        {clone_parent_settid, "CLONE_PARENT_SETTID"},
        {clone_child_cleartid, "CLONE_CHILD_CLEARTID"},
        {clone_detached, "CLONE_DETACHED"},
        {clone_untraced, "CLONE_UNTRACED"},
        {clone_child_settid, "CLONE_CHILD_SETTID"},
        {clone_newcgroup, "CLONE_NEWCGROUP"},
        {clone_newuts, "CLONE_NEWUTS"},
        {clone_newipc, "CLONE_NEWIPC"},
        {clone_newuser, "CLONE_NEWUSER"},
        {clone_newpid, "CLONE_NEWPID"},
        {clone_newnet, "CLONE_NEWNET"},
        {clone_io, "CLONE_IO"},
    };
};

struct wait_flags {
    enum : u64 {
        wnohang = 1,
        wuntraced = 2,
        wexited = 4,
        wcontinued = 8,
        wnowait = 0x1000000,
        wnothread = 0x20000000,
        wall = 0x40000000,
        wclone = 0x80000000,
    };
    static constexpr value_name names[] = {
        {wnohang, "WNOHANG"},       {wuntraced, "WUNTRACED"}, {wexited, "WEXITED"},
        {wcontinued, "WCONTINUED"}, {wnowait, "WNOWAIT"},     {wnothread, "__WNOTHREAD"},
        {wall, "__WALL"},           {wclone, "__WCLONE"},
    };
};

struct waitid_kinds {
    enum : u64 {
        p_all = 0,
        p_pid = 1,
        p_pgid = 2,
        p_pidfd = 3,
    };
    static constexpr value_name names[] = {
        {p_all, "P_ALL"},
        {p_pid, "P_PID"},
        {p_pgid, "P_PGID"},
        {p_pidfd, "P_PIDFD"},
    };
};

struct arch_prctl_codes {
    enum : u64 {
        arch_set_gs = 0x1001,
        arch_set_fs = 0x1002,
        arch_get_fs = 0x1003,
        arch_get_gs = 0x1004,
        arch_get_cpuid = 0x1011,
        arch_set_cpuid = 0x1012,
        arch_get_xcomp_supp = 0x1021,
        arch_get_xcomp_perm = 0x1022,
        arch_req_xcomp_perm = 0x1023,
        arch_cet_status = 0x3001,
    };
    static constexpr value_name names[] = {
        {arch_set_gs, "ARCH_SET_GS"},
        {arch_set_fs, "ARCH_SET_FS"},
        {arch_get_fs, "ARCH_GET_FS"},
        {arch_get_gs, "ARCH_GET_GS"},
        {arch_get_cpuid, "ARCH_GET_CPUID"},
        {arch_set_cpuid, "ARCH_SET_CPUID"},
        {arch_get_xcomp_supp, "ARCH_GET_XCOMP_SUPP"},
        {arch_get_xcomp_perm, "ARCH_GET_XCOMP_PERM"},
        {arch_req_xcomp_perm, "ARCH_REQ_XCOMP_PERM"},
        {arch_cet_status, "ARCH_CET_STATUS"},
    };
};

struct prctl_options {
    enum : u64 {
        pr_set_pdeathsig = 1,
        pr_get_pdeathsig = 2,
        pr_get_dumpable = 3,
        pr_set_dumpable = 4,
        pr_get_unalign = 5,
        pr_set_unalign = 6,
        pr_get_keepcaps = 7,
        pr_set_keepcaps = 8,
        pr_get_fpemu = 9,
        pr_set_fpemu = 0xa,
        pr_get_fpexc = 0xb,
        pr_set_fpexc = 0xc,
        pr_get_timing = 0xd,
        pr_set_timing = 0xe,
        pr_set_name = 0xf,
        pr_get_name = 0x10,
        pr_get_endian = 0x13,
        pr_set_endian = 0x14,
        pr_get_seccomp = 0x15,
        pr_set_seccomp = 0x16,
        pr_capbset_read = 0x17,
        pr_capbset_drop = 0x18,
        pr_get_tsc = 0x19,
        pr_set_tsc = 0x1a,
        pr_get_securebits = 0x1b,
        pr_set_securebits = 0x1c,
        pr_set_timerslack = 0x1d,
        pr_get_timerslack = 0x1e,
        pr_mce_kill = 0x21,
        pr_mce_kill_get = 0x22,
        pr_set_mm = 0x23,
        pr_set_child_subreaper = 0x24,
        pr_get_child_subreaper = 0x25,
        pr_set_no_new_privs = 0x26,
        pr_get_no_new_privs = 0x27,
        pr_get_tid_address = 0x28,
        pr_set_thp_disable = 0x29,
        pr_get_thp_disable = 0x2a,
        pr_cap_ambient = 0x2f,
        pr_get_speculation_ctrl = 0x34,
        pr_set_speculation_ctrl = 0x35,
        pr_set_io_flusher = 0x39,
        pr_get_io_flusher = 0x3a,
        pr_sched_core = 0x3e,
        pr_set_vma = 0x53564d41,
        pr_set_ptracer = 0x59616d61,
    };
    static constexpr value_name names[] = {
        {pr_set_pdeathsig, "PR_SET_PDEATHSIG"},
        {pr_get_pdeathsig, "PR_GET_PDEATHSIG"},
        {pr_get_dumpable, "PR_GET_DUMPABLE"},
        {pr_set_dumpable, "PR_SET_DUMPABLE"},
        {pr_get_unalign, "PR_GET_UNALIGN"},
        {pr_set_unalign, "PR_SET_UNALIGN"},
        {pr_get_keepcaps, "PR_GET_KEEPCAPS"},
        {pr_set_keepcaps, "PR_SET_KEEPCAPS"},
        {pr_get_fpemu, "PR_GET_FPEMU"},
        {pr_set_fpemu, "PR_SET_FPEMU"},
        {pr_get_fpexc, "PR_GET_FPEXC"},
        {pr_set_fpexc, "PR_SET_FPEXC"},
        {pr_get_timing, "PR_GET_TIMING"},
        {pr_set_timing, "PR_SET_TIMING"},
        {pr_set_name, "PR_SET_NAME"},
        {pr_get_name, "PR_GET_NAME"},
        {pr_get_endian, "PR_GET_ENDIAN"},
        {pr_set_endian, "PR_SET_ENDIAN"},
        {pr_get_seccomp, "PR_GET_SECCOMP"},
        {pr_set_seccomp, "PR_SET_SECCOMP"},
        {pr_capbset_read, "PR_CAPBSET_READ"},
        {pr_capbset_drop, "PR_CAPBSET_DROP"},
        {pr_get_tsc, "PR_GET_TSC"},
        {pr_set_tsc, "PR_SET_TSC"},
        {pr_get_securebits, "PR_GET_SECUREBITS"},
        {pr_set_securebits, "PR_SET_SECUREBITS"},
        {pr_set_timerslack, "PR_SET_TIMERSLACK"},
        {pr_get_timerslack, "PR_GET_TIMERSLACK"},
        {pr_mce_kill, "PR_MCE_KILL"},
        {pr_mce_kill_get, "PR_MCE_KILL_GET"},
        {pr_set_mm, "PR_SET_MM"},
        {pr_set_child_subreaper, "PR_SET_CHILD_SUBREAPER"},
        {pr_get_child_subreaper, "PR_GET_CHILD_SUBREAPER"},
        {pr_set_no_new_privs, "PR_SET_NO_NEW_PRIVS"},
        {pr_get_no_new_privs, "PR_GET_NO_NEW_PRIVS"},
        {pr_get_tid_address, "PR_GET_TID_ADDRESS"},
        {pr_set_thp_disable, "PR_SET_THP_DISABLE"},
        {pr_get_thp_disable, "PR_GET_THP_DISABLE"},
        {pr_cap_ambient, "PR_CAP_AMBIENT"},
        {pr_get_speculation_ctrl, "PR_GET_SPECULATION_CTRL"},
        {pr_set_speculation_ctrl, "PR_SET_SPECULATION_CTRL"},
        {pr_set_io_flusher, "PR_SET_IO_FLUSHER"},
        {pr_get_io_flusher, "PR_GET_IO_FLUSHER"},
        {pr_sched_core, "PR_SCHED_CORE"},
        {pr_set_vma, "PR_SET_VMA"},
        {pr_set_ptracer, "PR_SET_PTRACER"},
    };
};

struct futex_operations {
    enum : u64 {
        futex_wait = 0,
        futex_wake = 1,
        futex_fd = 2,
        futex_requeue = 3,
        futex_cmp_requeue = 4,
        futex_wake_op = 5,
        futex_lock_pi = 6,
        futex_unlock_pi = 7,
        futex_trylock_pi = 8,
        futex_wait_bitset = 9,
        futex_wake_bitset = 0xa,
        futex_wait_requeue_pi = 0xb,
        futex_cmp_requeue_pi = 0xc,
        futex_lock_pi2 = 0xd,
        futex_wait_private = 0x80,
        futex_wake_private = 0x81,
        futex_requeue_private = 0x83,
        futex_cmp_requeue_private = 0x84,
        futex_wake_op_private = 0x85,
        futex_lock_pi_private = 0x86,
        futex_unlock_pi_private = 0x87,
        futex_trylock_pi_private = 0x88,
        futex_wait_bitset_private = 0x89,
        futex_wake_bitset_private = 0x8a,
        futex_wait_bitset_private_clock_realtime = 0x189,
    };
    static constexpr value_name names[] = {
        {futex_wait, "FUTEX_WAIT"},
        {futex_wake, "FUTEX_WAKE"},
        {futex_fd, "FUTEX_FD"},
        {futex_requeue, "FUTEX_REQUEUE"},
        {futex_cmp_requeue, "FUTEX_CMP_REQUEUE"},
        {futex_wake_op, "FUTEX_WAKE_OP"},
        {futex_lock_pi, "FUTEX_LOCK_PI"},
        {futex_unlock_pi, "FUTEX_UNLOCK_PI"},
        {futex_trylock_pi, "FUTEX_TRYLOCK_PI"},
        {futex_wait_bitset, "FUTEX_WAIT_BITSET"},
        {futex_wake_bitset, "FUTEX_WAKE_BITSET"},
        {futex_wait_requeue_pi, "FUTEX_WAIT_REQUEUE_PI"},
        {futex_cmp_requeue_pi, "FUTEX_CMP_REQUEUE_PI"},
        {futex_lock_pi2, "FUTEX_LOCK_PI2"},
        {futex_wait_private, "FUTEX_WAIT_PRIVATE"},
        {futex_wake_private, "FUTEX_WAKE_PRIVATE"},
        {futex_requeue_private, "FUTEX_REQUEUE_PRIVATE"},
        {futex_cmp_requeue_private, "FUTEX_CMP_REQUEUE_PRIVATE"},
        {futex_wake_op_private, "FUTEX_WAKE_OP_PRIVATE"},
        {futex_lock_pi_private, "FUTEX_LOCK_PI_PRIVATE"},
        {futex_unlock_pi_private, "FUTEX_UNLOCK_PI_PRIVATE"},
        {futex_trylock_pi_private, "FUTEX_TRYLOCK_PI_PRIVATE"},
        {futex_wait_bitset_private, "FUTEX_WAIT_BITSET_PRIVATE"},
        {futex_wake_bitset_private, "FUTEX_WAKE_BITSET_PRIVATE"},
        {futex_wait_bitset_private_clock_realtime, "FUTEX_WAIT_BITSET_PRIVATE_CLOCK_REALTIME"},
    };
};

struct pidfd_flags {
    enum : u64 {
        pidfd_nonblock = 0x800,
    };
    static constexpr value_name names[] = {
        {pidfd_nonblock, "PIDFD_NONBLOCK"},
    };
};

struct rlimit_names {
    enum : u64 {
        rlimit_cpu = 0,
        rlimit_fsize = 1,
        rlimit_data = 2,
        rlimit_stack = 3,
        rlimit_core = 4,
        rlimit_rss = 5,
        rlimit_nproc = 6,
        rlimit_nofile = 7,
        rlimit_memlock = 8,
        rlimit_as = 9,
        rlimit_locks = 0xa,
        rlimit_sigpending = 0xb,
        rlimit_msgqueue = 0xc,
        rlimit_nice = 0xd,
        rlimit_rtprio = 0xe,
        rlimit_rttime = 0xf,
    };
    static constexpr value_name names[] = {
        {rlimit_cpu, "RLIMIT_CPU"},           {rlimit_fsize, "RLIMIT_FSIZE"},
        {rlimit_data, "RLIMIT_DATA"},         {rlimit_stack, "RLIMIT_STACK"},
        {rlimit_core, "RLIMIT_CORE"},         {rlimit_rss, "RLIMIT_RSS"},
        {rlimit_nproc, "RLIMIT_NPROC"},       {rlimit_nofile, "RLIMIT_NOFILE"},
        {rlimit_memlock, "RLIMIT_MEMLOCK"},   {rlimit_as, "RLIMIT_AS"},
        {rlimit_locks, "RLIMIT_LOCKS"},       {rlimit_sigpending, "RLIMIT_SIGPENDING"},
        {rlimit_msgqueue, "RLIMIT_MSGQUEUE"}, {rlimit_nice, "RLIMIT_NICE"},
        {rlimit_rtprio, "RLIMIT_RTPRIO"},     {rlimit_rttime, "RLIMIT_RTTIME"},
    };
};

struct rusage_targets {
    enum : u64 {
        rusage_self = 0,
        rusage_children = 0xffffffff,
        rusage_thread = 1,
    };
    static constexpr value_name names[] = {
        {rusage_self, "RUSAGE_SELF"},
        {rusage_children, "RUSAGE_CHILDREN"},
        {rusage_thread, "RUSAGE_THREAD"},
    };
};

struct sched_policies {
    enum : u64 {
        sched_other = 0,
        sched_fifo = 1,
        sched_rr = 2,
        sched_batch = 3,
        sched_idle = 5,
        sched_deadline = 6,
        sched_reset_on_fork = 0x40000000,
    };
    static constexpr value_name names[] = {
        {sched_other, "SCHED_OTHER"},
        {sched_fifo, "SCHED_FIFO"},
        {sched_rr, "SCHED_RR"},
        {sched_batch, "SCHED_BATCH"},
        {sched_idle, "SCHED_IDLE"},
        {sched_deadline, "SCHED_DEADLINE"},
        {sched_reset_on_fork, "SCHED_RESET_ON_FORK"},
    };
};

struct priority_kinds {
    enum : u64 {
        prio_process = 0,
        prio_pgrp = 1,
        prio_user = 2,
    };
    static constexpr value_name names[] = {
        {prio_process, "PRIO_PROCESS"},
        {prio_pgrp, "PRIO_PGRP"},
        {prio_user, "PRIO_USER"},
    };
};

struct random_flags {
    enum : u64 {
        grnd_nonblock = 1,
        grnd_random = 2,
        grnd_insecure = 4,
    };
    static constexpr value_name names[] = {
        {grnd_nonblock, "GRND_NONBLOCK"},
        {grnd_random, "GRND_RANDOM"},
        {grnd_insecure, "GRND_INSECURE"},
    };
};

struct sigmask_operations {
    enum : u64 {
        sig_block = 0,
        sig_unblock = 1,
        sig_setmask = 2,
    };
    static constexpr value_name names[] = {
        {sig_block, "SIG_BLOCK"},
        {sig_unblock, "SIG_UNBLOCK"},
        {sig_setmask, "SIG_SETMASK"},
    };
};

struct itimer_names {
    enum : u64 {
        itimer_real = 0,
        itimer_virtual = 1,
        itimer_prof = 2,
    };
    static constexpr value_name names[] = {
        {itimer_real, "ITIMER_REAL"},
        {itimer_virtual, "ITIMER_VIRTUAL"},
        {itimer_prof, "ITIMER_PROF"},
    };
};

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

struct socket_families {
    enum : u64 {
        af_unspec = 0,
        af_unix = 1,
        af_inet = 2,
        af_ax25 = 3,
        af_ipx = 4,
        af_inet6 = 0xa,
        af_netlink = 0x10,
        af_packet = 0x11,
        af_alg = 0x26,
        af_vsock = 0x28,
    };
    static constexpr value_name names[] = {
        {af_unspec, "AF_UNSPEC"},   {af_unix, "AF_UNIX"},     {af_inet, "AF_INET"},
        {af_ax25, "AF_AX25"},       {af_ipx, "AF_IPX"},       {af_inet6, "AF_INET6"},
        {af_netlink, "AF_NETLINK"}, {af_packet, "AF_PACKET"}, {af_alg, "AF_ALG"},
        {af_vsock, "AF_VSOCK"},
    };
};

}  // namespace osprey::abi
