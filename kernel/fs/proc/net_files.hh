// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <fs/proc/proc.hh>

namespace osprey::fs {

/// What fills /proc/net (proc(5), "/proc/pid/net"): devices and addresses, sockets, counters.
result<void> add_network_devices(synthetic_directory& net) noexcept;
result<void> add_network_sockets(synthetic_directory& net) noexcept;
result<void> add_network_protocols(synthetic_directory& net) noexcept;
result<void> add_network_counters(synthetic_directory& net) noexcept;
/// /proc/sys/net
result<void> add_network_knobs(synthetic_directory& sys) noexcept;

}  // namespace osprey::fs
