// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <process/process.hh>

namespace osprey::abi {

/// Joins the layers that linux/ knows and that do not know each other: signals with signalfd,
/// names of system calls with crash reports. Once, before the first program.
void initialize() noexcept;

/// Fills the table of system calls, and offers their events; first before the first program starts.
/// `tracing`: with handlers that write a line for each call of processes that are traced
/// (proc::process::strace).
void fill_call_table(bool tracing) noexcept;

/// From now on the filters of tasks are asked (seccomp(2)); before, no call has to look for one.
void filter_calls() noexcept;

/// Writes a decoded line to the log for each system call of process `pid` from now on, or of all
/// processes but the host's agent if it is 0, and of the children that they will have.
/// Context: threads.
void trace_calls(i32 pid) noexcept;
/// No more of that for any process.
void end_tracing() noexcept;

}  // namespace osprey::abi
