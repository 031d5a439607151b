// SPDX-License-Identifier: BSD-3-Clause
// EFAULT for pointer arguments of many kinds.
#include <poll.h>
#include <report.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/uio.h>

int main(void) {
    char room[4096];
    int e = epoll_create1(0);
    SHOW(syscall(SYS_stat, BAD, room));
    SHOW(syscall(SYS_stat, "/", BAD));
    SHOW(syscall(SYS_readlink, BAD, room, 10));
    SHOW(syscall(SYS_mkdir, BAD, 0));
    SHOW(syscall(SYS_rename, "/tmp/x", BAD));
    SHOW(syscall(SYS_getcwd, BAD, 4096));
    SHOW(syscall(SYS_chdir, BAD));
    SHOW(syscall(SYS_statfs, "/", BAD));
    SHOW(syscall(SYS_readv, 0, BAD, 1));
    SHOW(syscall(SYS_pipe, BAD));
    SHOW(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, BAD));
    SHOW(syscall(SYS_clock_getres, CLOCK_MONOTONIC, BAD));
    SHOW(syscall(SYS_nanosleep, BAD, NULL));
    SHOW(syscall(SYS_gettimeofday, BAD, NULL));
    SHOW(syscall(SYS_getitimer, ITIMER_REAL, BAD));
    SHOW(syscall(SYS_setitimer, ITIMER_REAL, BAD, NULL));
    SHOW(syscall(SYS_epoll_wait, e, BAD, 1, 0));
    SHOW(syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, BAD, 8));
    SHOW(syscall(SYS_rt_sigpending, BAD, 8));
    SHOW(syscall(SYS_sigaltstack, BAD, NULL));
    SHOW(syscall(SYS_getrusage, 0, BAD));
    SHOW(syscall(SYS_times, BAD));
    SHOW(syscall(SYS_sysinfo, BAD));
    SHOW(syscall(SYS_sched_getparam, 0, BAD));
    SHOW(syscall(SYS_sched_getaffinity, 0, 128, BAD));
    SHOW(syscall(SYS_getrandom, BAD, 10, 0));
    SHOW(syscall(SYS_getresuid, BAD, BAD, BAD));
    SHOW(syscall(SYS_capget, BAD, BAD));
    SHOW(syscall(SYS_timer_create, CLOCK_MONOTONIC, BAD, BAD));
    SHOW(syscall(SYS_getgroups, 100, BAD) >= 0 || errno == EFAULT);
    SHOW(syscall(SYS_wait4, -1, BAD, 0, NULL));
    SHOW(syscall(SYS_stat, (char*)0xffff800000000000, room));
    SHOW(syscall(SYS_read, 0, (void*)0xffff800000000000, 10));
    SHOW(syscall(SYS_uname, (void*)0xffffffff80000000));
}
