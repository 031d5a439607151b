// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <arch/registers.hh>
#include <base/format.hh>
#include <linux/strace_call.hh>

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
    void begin() noexcept;

    fixed_text<400> text_;
    traced_call call_;
    bool written_ = false;
};

}  // namespace osprey::abi
