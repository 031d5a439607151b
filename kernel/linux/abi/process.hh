// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>
#include <linux/abi/time.hh>
#include <process/signal.hh>

/// Structures of processes, signals, limits and scheduling.
namespace osprey::abi {

struct abi_rusage {
    abi_timeval user, system;
    i64 max_resident_kb, shared, data, stack, minor_faults, major_faults, swaps, blocks_in,
        blocks_out, messages_sent, messages_received, signals, voluntary_switches,
        involuntary_switches;
};
static_assert(sizeof(abi_rusage) == 144);

struct abi_rlimit {
    u64 soft, hard;
};
static_assert(sizeof(abi_rlimit) == 16);

/// struct clone_args, third version (include/uapi/linux/sched.h).
struct abi_clone_args {
    u64 flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid,
        set_tid_size, cgroup;
};
static_assert(sizeof(abi_clone_args) == 88);

struct abi_sched_attr {
    u32 size, policy;
    u64 flags;
    i32 nice;
    u32 priority;
    u64 runtime, deadline, period;
    u32 util_min, util_max;
};
static_assert(sizeof(abi_sched_attr) == 56);

struct abi_capability_header {
    u32 version;
    i32 pid;
};
static_assert(sizeof(abi_capability_header) == 8);
struct abi_capability_data {
    u32 effective, permitted, inheritable;
};
static_assert(sizeof(abi_capability_data) == 12);

using abi_sigaction = proc::signal_action;  // struct kernel_sigaction
static_assert(sizeof(abi_sigaction) == 32);
using signal_information = proc::signal_info;
static_assert(sizeof(signal_information) == 128);

struct abi_stack {
    u64 start;
    i32 flags, padding;
    u64 size;
};
static_assert(sizeof(abi_stack) == 24);

/// struct sigevent: 64 bytes in all.
struct abi_sigevent {
    u64 value;
    i32 signal, notify, tid;
    i32 padding[11];
};
static_assert(sizeof(abi_sigevent) == 64);

struct abi_futex_waitv {
    u64 value, address;
    u32 flags, reserved;
};
static_assert(sizeof(abi_futex_waitv) == 24);

}  // namespace osprey::abi
