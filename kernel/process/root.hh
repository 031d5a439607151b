// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/result.hh>
#include <string_view>

namespace osprey::proc {

/// Mounts the root: the EROFS image on disk `disk` (empty: the first one) with a RAM filesystem
/// over it, and /proc, /sys, /dev, /tmp. `root_hash`: of the image's hash tree, in hexadecimal
/// digits, or empty. Failures, and damage that reads find later, are told to the log and the host
/// tool. Context: thread.
result<void> mount_root(std::string_view disk, std::string_view root_hash) noexcept;

}  // namespace osprey::proc
