// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace osprey::rest {

/// A mounted filesystem that has blocks (procfs and its like have none).
struct mounted {
    std::string device;
    std::string path;
    std::string type;
    uint64_t blocks = 0, free_blocks = 0, available_blocks = 0;  ///< of `block_size` bytes
    uint64_t files = 0, free_files = 0;
    uint64_t block_size = 0;
};

/// The root, then the others in the order of /proc/self/mounts; a path that is mounted over twice counts once, the last.
[[nodiscard]] std::vector<mounted> read_mounts();

}  // namespace osprey::rest
