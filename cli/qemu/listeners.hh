// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/types.h>

namespace osprey::cli::qemu {

/// Lets more clients wait at each TCP port that a QEMU of ours listens on. QEMU's user network asks
/// for a queue of one: of many clients that come at once, Linux then lets most try again, for
/// seconds, and some fail.
/// A kernel or sandbox that does not let us do this leaves the queues as they are.
void deepen_listen_queues(pid_t qemu);

}  // namespace osprey::cli::qemu
