// SPDX-License-Identifier: BSD-3-Clause
#include <base/failure.hh>

#include <cerrno>
#include <cstring>

namespace osprey::cli {

failure system_failure(const std::string& action, int error) {
    std::string hint;
    if (error == ENOSPC || error == EDQUOT || error == EFBIG) {
        hint =
            "Free some space, remove the cache (~/.cache/osprey), or point OSPREY_CACHE to a "
            "folder on a larger disk.";
    }
    return failure{fmt::format("cannot {}: {}", action, std::strerror(error)), std::move(hint)};
}

}  // namespace osprey::cli
