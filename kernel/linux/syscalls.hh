// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <linux/abi/structures.hh>
#include <linux/arguments.hh>
#include <linux/flag_sets.hh>
#include <linux/reply.hh>

/// The handlers of all system calls, declared from their description. Context: the thread of the
/// application that made the call, interrupts on, may sleep.
namespace osprey::abi::calls {

#define SYSCALL(x86_number, arm_number, name, kind, ...) reply name(__VA_ARGS__) noexcept;
#define REFUSED(x86_number, arm_number, name, error, reason)
#define MISSING(x86_number, arm_number, name)
#include <linux/syscalls.def>
#undef SYSCALL
#undef REFUSED
#undef MISSING

}  // namespace osprey::abi::calls
