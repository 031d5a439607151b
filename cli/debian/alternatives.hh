// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

namespace osprey::cli::debian {

/// One link that a maintainer script asks update-alternatives(1) for.
struct alternative {
    std::string link;  ///< /usr/lib/x86_64-linux-gnu/libblas.so.3
    std::string name;  ///< libblas.so.3-x86_64-linux-gnu
    std::string path;  ///< /usr/lib/x86_64-linux-gnu/blas/libblas.so.3
    int priority = 0;
};

/// Finds the `update-alternatives --install` calls (with their --slave links) in the text of a
/// postinst script, without running it: constant words and variables that the script sets to
/// constants before. A call whose words cannot be known that way is left out.
[[nodiscard]] std::vector<alternative> find_alternatives(const std::string& script);

}  // namespace osprey::cli::debian
