// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <arch/registers.hh>
#include <linux/reply.hh>

namespace osprey::abi {

/// seccomp(2): asks the filters of the running task about the call with which it came.
/// @return whether it may go on; if not, `answer` is what the application gets. Ends the task or
/// its process if the filters say so.
bool may_call(const arch::register_frame& frame, i64& answer) noexcept;

/// prctl(PR_SET_SECCOMP): SECCOMP_MODE_STRICT or, with a program, SECCOMP_MODE_FILTER.
reply set_seccomp_mode(u64 mode, u64 program) noexcept;

}  // namespace osprey::abi
