// SPDX-License-Identifier: BSD-3-Clause
// Pipes, poll(2), epoll(7), eventfd(2), timers and signalfd(2): names and values of the flags,
// commands and options (include/uapi of Linux 6.1, as on x86-64).
#pragma once

#include <linux/arguments.hh>

namespace osprey::abi {

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

}  // namespace osprey::abi
