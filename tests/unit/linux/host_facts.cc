// SPDX-License-Identifier: BSD-3-Clause
#include "host_facts.hh"

#include <dirent.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/futex.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <linux/sched/types.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <time.h>
#include <utime.h>

namespace host {

std::span<const number> x86_64_calls() noexcept {
    static constexpr number all[] = {
#define SYSCALL(x86_number, arm_number, name, ...) {#name, SYS_##name},
#define REFUSED(x86_number, arm_number, name, ...) {#name, SYS_##name},
#define MISSING(x86_number, arm_number, name) {#name, SYS_##name},
#include HOST_FACTS_DEFINITIONS
#undef SYSCALL
#undef REFUSED
#undef MISSING
    };
    return all;
}

std::span<const number> structures() noexcept {
    static constexpr number all[] = {
        {"stat", sizeof(struct stat)},
        {"stat.mode", offsetof(struct stat, st_mode)},
        {"stat.size", offsetof(struct stat, st_size)},
        {"stat.accessed", offsetof(struct stat, st_atim)},
        {"statx", sizeof(struct statx)},
        {"statx.mode", offsetof(struct statx, stx_mode)},
        {"statx.accessed", offsetof(struct statx, stx_atime)},
        {"statfs", sizeof(struct statfs)},
        {"dirent64.name", offsetof(struct dirent64, d_name)},
        {"open_how", sizeof(struct open_how)},
        {"flock", sizeof(struct flock)},
        {"iovec", sizeof(struct iovec)},
        {"pollfd", sizeof(struct pollfd)},
        {"epoll_event", sizeof(struct epoll_event)},
        {"inotify_event", sizeof(struct inotify_event)},
        {"signalfd_siginfo", sizeof(struct signalfd_siginfo)},
        {"signalfd_siginfo.pointer", offsetof(struct signalfd_siginfo, ssi_ptr)},
        {"rusage", sizeof(struct rusage)},
        {"rlimit", sizeof(struct rlimit64)},
        {"clone_args", sizeof(struct clone_args)},
        {"sched_attr", sizeof(struct sched_attr)},
        {"capability_header", sizeof(struct __user_cap_header_struct)},
        {"capability_data", sizeof(struct __user_cap_data_struct)},
        {"stack", sizeof(stack_t)},
        {"sigevent", sizeof(struct sigevent)},
        {"siginfo", sizeof(siginfo_t)},
        {"futex_waitv", sizeof(struct futex_waitv)},
        {"utsname", sizeof(struct utsname)},
        {"sysinfo", sizeof(struct sysinfo)},
        {"sysinfo.memory_unit", offsetof(struct sysinfo, mem_unit)},
        {"ipc_perm", sizeof(struct ipc_perm)},
        {"shmid", sizeof(struct shmid_ds)},
        {"shminfo", sizeof(struct shminfo)},
        {"shm_info", sizeof(struct shm_info)},
        {"timespec", sizeof(struct timespec)},
        {"timeval", sizeof(struct timeval)},
        {"timezone", sizeof(struct timezone)},
        {"itimerspec", sizeof(struct itimerspec)},
        {"itimerval", sizeof(struct itimerval)},
        {"utimbuf", sizeof(struct utimbuf)},
        {"tms", sizeof(struct tms)},
    };
    return all;
}

}  // namespace host
