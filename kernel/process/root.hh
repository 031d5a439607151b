// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/result.hh>
#include <string_view>

namespace osprey::proc {

/// Mounts the root: the EROFS image on disk `disk` (empty: the first one) with a RAM filesystem
/// over it, and /proc, /sys, /dev, /tmp. Failures are told to the log and the host tool.
/// Context: thread.
result<void> mount_root(std::string_view disk) noexcept;

}  // namespace osprey::proc
