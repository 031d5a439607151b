// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <process/process.hh>

namespace osprey::abi {

/// Joins the layers that linux/ knows and that do not know each other: signals with signalfd,
/// names and events of system calls with crash reports and tracing. Once, before the first program.
void initialize() noexcept;

/// Makes the table of system calls agree with what is traced and filtered. Several threads may do
/// so at once: the last look counts.
void refresh_call_table() noexcept;

/// Fills the table of system calls; first before the first program starts.
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
