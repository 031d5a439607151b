// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <fs/synthetic/synthetic.hh>

namespace osprey::fs {

/// sysfs: CPUs, NUMA nodes, block devices and memory settings, as sysfs(5) and the kernel's
/// Documentation/ABI lay them out. The one instance of the system. Context: threads.
result<refptr<synthetic_filesystem>> sys_filesystem() noexcept;

/// /sys/block, /sys/class/block, /sys/dev/block (block_class.cc).
result<void> add_disks(synthetic_filesystem& fs) noexcept;
/// /sys/class/virtio-ports, /sys/dev/char (port_class.cc).
result<void> add_ports(synthetic_filesystem& fs) noexcept;
/// /sys/class/net (net_class.cc).
result<void> add_network_class(synthetic_filesystem& fs, synthetic_directory& classes) noexcept;

}  // namespace osprey::fs
