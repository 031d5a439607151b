// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>

/// Structures of poll(2), select(2), epoll(7), inotify(7) and signalfd(2).
namespace osprey::abi {

struct abi_pollfd {
    i32 fd;
    i16 events, happened;
};
static_assert(sizeof(abi_pollfd) == 8);

/// Packed on x86-64 only (include/uapi/linux/eventpoll.h).
struct [[gnu::packed]] abi_epoll_event {
    u32 events;
    u64 data;
};
static_assert(sizeof(abi_epoll_event) == 12);

/// What the sixth argument of pselect6(2) points to.
struct abi_select_mask {
    u64 mask, size;
};
static_assert(sizeof(abi_select_mask) == 16);

struct abi_inotify_event {
    i32 watch;
    u32 mask, cookie, length;
};
static_assert(sizeof(abi_inotify_event) == 16);

/// struct signalfd_siginfo (include/uapi/linux/signalfd.h).
struct abi_signalfd_siginfo {
    u32 number;
    i32 error, code;
    u32 pid, uid;
    i32 fd;
    u32 timer_id, band, overrun, trap;
    i32 status, value;
    u64 pointer, user_time, system_time, address;
    u16 address_lsb, padding;
    i32 syscall;
    u64 call_address;
    u32 architecture;
    u8 reserved[28];
};
static_assert(sizeof(abi_signalfd_siginfo) == 128);
static_assert(__builtin_offsetof(abi_signalfd_siginfo, pointer) == 48);

}  // namespace osprey::abi
