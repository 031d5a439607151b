// SPDX-License-Identifier: BSD-3-Clause
// Processes and threads: clone(2), wait(2), prctl(2), futex(2) …: names and values of the flags,
// commands and options (include/uapi of Linux 6.1, as on x86-64).
#pragma once

#include <linux/arguments.hh>

namespace osprey::abi {

struct clone_flags {
    static constexpr bool wide = true;
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

struct kcmp_types {
    enum : u64 {
        kcmp_file = 0,
        kcmp_vm = 1,
        kcmp_files = 2,
        kcmp_fs = 3,
        kcmp_sighand = 4,
        kcmp_io = 5,
        kcmp_sysvsem = 6,
        kcmp_epoll_tfd = 7,
    };
    static constexpr value_name names[] = {
        {kcmp_file, "KCMP_FILE"},       {kcmp_vm, "KCMP_VM"},
        {kcmp_files, "KCMP_FILES"},     {kcmp_fs, "KCMP_FS"},
        {kcmp_sighand, "KCMP_SIGHAND"}, {kcmp_io, "KCMP_IO"},
        {kcmp_sysvsem, "KCMP_SYSVSEM"}, {kcmp_epoll_tfd, "KCMP_EPOLL_TFD"},
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

struct seccomp_operations {
    enum : u64 {
        seccomp_set_mode_strict = 0,
        seccomp_set_mode_filter = 1,
        seccomp_get_action_avail = 2,
        seccomp_get_notif_sizes = 3,
    };
    static constexpr value_name names[] = {
        {seccomp_set_mode_strict, "SECCOMP_SET_MODE_STRICT"},
        {seccomp_set_mode_filter, "SECCOMP_SET_MODE_FILTER"},
        {seccomp_get_action_avail, "SECCOMP_GET_ACTION_AVAIL"},
        {seccomp_get_notif_sizes, "SECCOMP_GET_NOTIF_SIZES"},
    };
};

struct seccomp_flags {
    enum : u64 {
        seccomp_filter_flag_tsync = 1,
        seccomp_filter_flag_log = 2,
        seccomp_filter_flag_spec_allow = 4,
        seccomp_filter_flag_new_listener = 8,
        seccomp_filter_flag_tsync_esrch = 0x10,
        seccomp_filter_flag_wait_killable_recv = 0x20,
    };
    static constexpr value_name names[] = {
        {seccomp_filter_flag_tsync, "SECCOMP_FILTER_FLAG_TSYNC"},
        {seccomp_filter_flag_log, "SECCOMP_FILTER_FLAG_LOG"},
        {seccomp_filter_flag_spec_allow, "SECCOMP_FILTER_FLAG_SPEC_ALLOW"},
        {seccomp_filter_flag_new_listener, "SECCOMP_FILTER_FLAG_NEW_LISTENER"},
        {seccomp_filter_flag_tsync_esrch, "SECCOMP_FILTER_FLAG_TSYNC_ESRCH"},
        {seccomp_filter_flag_wait_killable_recv, "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"},
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

}  // namespace osprey::abi
