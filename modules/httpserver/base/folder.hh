// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

namespace osprey::rest {

struct folder_entry {
    std::string name;
    bool may_be_folder = false;  ///< false: it is none
};

/// The entries of a folder, "." and ".." included, by name; none if it cannot be read.
[[nodiscard]] std::vector<folder_entry> read_folder(const std::string& path);

}  // namespace osprey::rest
