// SPDX-License-Identifier: BSD-3-Clause
// Files, names and mounts: open(2), fcntl(2), statx(2) …: names and values of the flags, commands
// and options (include/uapi of Linux 6.1, as on x86-64).
#pragma once

#include <linux/arguments.hh>

namespace osprey::abi {

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
        tcgeta = 0x5405,
        tcseta = 0x5406,
        tcsetaw = 0x5407,
        tcsetaf = 0x5408,
        tiocexcl = 0x540c,
        tiocnxcl = 0x540d,
        tiocoutq = 0x5411,
        tiocsti = 0x5412,
        tiocpkt = 0x5420,
        tiocsetd = 0x5423,
        tiocgetd = 0x5424,
        tcsbrkp = 0x5425,
        tiocsbrk = 0x5427,
        tioccbrk = 0x5428,
        tcgets2 = 0x802c542a,
        tcsets2 = 0x402c542b,
        tcsetsw2 = 0x402c542c,
        tcsetsf2 = 0x402c542d,
        tiocgdev = 0x80045432,
        tiocsig = 0x40045436,
        tiocvhangup = 0x5437,
        tiocgpkt = 0x80045438,
        tiocgptlck = 0x80045439,
        tiocgexcl = 0x80045440,
        tiocgptpeer = 0x5441,
        ficlone = 0x40049409,
        ficlonerange = 0x4020940d,
        figetbsz = 2,
        fs_ioc_getflags = 0x80086601,
        siocaddrt = 0x890b,
        siocdelrt = 0x890c,
        siocgifname = 0x8910,
        siocgifconf = 0x8912,
        siocgifflags = 0x8913,
        siocsifflags = 0x8914,
        siocgifaddr = 0x8915,
        siocsifaddr = 0x8916,
        siocgifdstaddr = 0x8917,
        siocgifbrdaddr = 0x8919,
        siocsifbrdaddr = 0x891a,
        siocgifnetmask = 0x891b,
        siocsifnetmask = 0x891c,
        siocgifmetric = 0x891d,
        siocgifmtu = 0x8921,
        siocsifmtu = 0x8922,
        siocsifhwaddr = 0x8924,
        siocgifhwaddr = 0x8927,
        siocgifindex = 0x8933,
        siocgiftxqlen = 0x8942,
        siocethtool = 0x8946,
        siocgifmap = 0x8970,
        siocatmark = 0x8905,
        fiosetown = 0x8901,
        siocspgrp = 0x8902,
        fiogetown = 0x8903,
        siocgpgrp = 0x8904,
    };
    static constexpr value_name names[] = {
        {tcgets, "TCGETS"},
        {tcsets, "TCSETS"},
        {tcsetsw, "TCSETSW"},
        {tcsetsf, "TCSETSF"},
        {tcsbrk, "TCSBRK"},
        {tcxonc, "TCXONC"},
        {tcflsh, "TCFLSH"},
        {tiocgpgrp, "TIOCGPGRP"},
        {tiocspgrp, "TIOCSPGRP"},
        {tiocgsid, "TIOCGSID"},
        {tiocgwinsz, "TIOCGWINSZ"},
        {tiocswinsz, "TIOCSWINSZ"},
        {tiocsctty, "TIOCSCTTY"},
        {tiocnotty, "TIOCNOTTY"},
        {fionread, "FIONREAD"},
        {fionbio, "FIONBIO"},
        {fioasync, "FIOASYNC"},
        {fioclex, "FIOCLEX"},
        {fionclex, "FIONCLEX"},
        {fioqsize, "FIOQSIZE"},
        {tiocgptn, "TIOCGPTN"},
        {tiocsptlck, "TIOCSPTLCK"},
        {tcgeta, "TCGETA"},
        {tcseta, "TCSETA"},
        {tcsetaw, "TCSETAW"},
        {tcsetaf, "TCSETAF"},
        {tiocexcl, "TIOCEXCL"},
        {tiocnxcl, "TIOCNXCL"},
        {tiocoutq, "TIOCOUTQ"},
        {tiocsti, "TIOCSTI"},
        {tiocpkt, "TIOCPKT"},
        {tiocsetd, "TIOCSETD"},
        {tiocgetd, "TIOCGETD"},
        {tcsbrkp, "TCSBRKP"},
        {tiocsbrk, "TIOCSBRK"},
        {tioccbrk, "TIOCCBRK"},
        {tcgets2, "TCGETS2"},
        {tcsets2, "TCSETS2"},
        {tcsetsw2, "TCSETSW2"},
        {tcsetsf2, "TCSETSF2"},
        {tiocgdev, "TIOCGDEV"},
        {tiocsig, "TIOCSIG"},
        {tiocvhangup, "TIOCVHANGUP"},
        {tiocgpkt, "TIOCGPKT"},
        {tiocgptlck, "TIOCGPTLCK"},
        {tiocgexcl, "TIOCGEXCL"},
        {tiocgptpeer, "TIOCGPTPEER"},
        {ficlone, "FICLONE"},
        {ficlonerange, "FICLONERANGE"},
        {figetbsz, "FIGETBSZ"},
        {fs_ioc_getflags, "FS_IOC_GETFLAGS"},
        {siocaddrt, "SIOCADDRT"},
        {siocdelrt, "SIOCDELRT"},
        {siocgifname, "SIOCGIFNAME"},
        {siocgifconf, "SIOCGIFCONF"},
        {siocgifflags, "SIOCGIFFLAGS"},
        {siocsifflags, "SIOCSIFFLAGS"},
        {siocgifaddr, "SIOCGIFADDR"},
        {siocsifaddr, "SIOCSIFADDR"},
        {siocgifdstaddr, "SIOCGIFDSTADDR"},
        {siocgifbrdaddr, "SIOCGIFBRDADDR"},
        {siocsifbrdaddr, "SIOCSIFBRDADDR"},
        {siocgifnetmask, "SIOCGIFNETMASK"},
        {siocsifnetmask, "SIOCSIFNETMASK"},
        {siocgifmetric, "SIOCGIFMETRIC"},
        {siocgifmtu, "SIOCGIFMTU"},
        {siocsifmtu, "SIOCSIFMTU"},
        {siocsifhwaddr, "SIOCSIFHWADDR"},
        {siocgifhwaddr, "SIOCGIFHWADDR"},
        {siocgifindex, "SIOCGIFINDEX"},
        {siocgiftxqlen, "SIOCGIFTXQLEN"},
        {siocethtool, "SIOCETHTOOL"},
        {siocgifmap, "SIOCGIFMAP"},
        {siocatmark, "SIOCATMARK"},
        {fiosetown, "FIOSETOWN"},
        {siocspgrp, "SIOCSPGRP"},
        {fiogetown, "FIOGETOWN"},
        {siocgpgrp, "SIOCGPGRP"},
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
    static constexpr bool wide = true;
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

}  // namespace osprey::abi
