// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <http/call.hh>

namespace osprey::rest {

/// Takes what is in the ring buffers of all CPUs and answers with it as a trace.dat file of
/// version 6 (trace-cmd.dat.v6(5)), streamed from an unlinked file.
reply get_trace_buffers(call& c);

}  // namespace osprey::rest
