// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <fs/synthetic/synthetic.hh>

namespace osprey::proc {

/// A cgroup2 filesystem (cgroups(7), the kernel's Documentation/admin-guide/cgroup-v2.rst) with one
/// group, which is the machine, as a container sees the group it is in. Its limits are the
/// machine's, so nothing can be written. The one instance. Context: threads.
result<refptr<fs::synthetic_filesystem>> cgroup_filesystem() noexcept;

/// Mounts it where programs look for it. Once, at boot, after the root.
result<void> mount_cgroup() noexcept;

}  // namespace osprey::proc
