// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <arch/registers.hh>
#include <base/format.hh>
#include <linux/description.hh>
#include <linux/reply.hh>

namespace osprey::abi {

/// One decoded line for one system call, written to the kernel log when the call returns, or when
/// it starts if it is one that does not return (exit, execve, rt_sigreturn).
///
/// Context: inside the call; reads application memory, so it may sleep.
class strace_line {
public:
    explicit strace_line(const arch::register_frame& frame) noexcept;
    void finish(reply answer) noexcept;

private:
    void decode(bool returned, i64 answer) noexcept;
    void append_argument(const argument& a, usize position, bool returned, i64 answer) noexcept;

    fixed_text<400> text_;
    const call* call_;
    u64 number_;
    u64 values_[6];
    bool written_ = false;
};

}  // namespace osprey::abi
