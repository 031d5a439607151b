// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <stdexcept>
#include <string>

namespace osprey::rest {

/// A request that failed: HTTP status and message, which becomes
/// `{"message": "…", "code": status}`.
class api_error : public std::runtime_error {
public:
    api_error(int status, const std::string& message)
        : std::runtime_error{message}, status_{status} {}

    [[nodiscard]] int status() const noexcept { return status_; }

private:
    int status_;
};

/// An error of the system: ENOENT and ENOTDIR are 404, EACCES, EPERM and EROFS 403, ENOSPC 507,
/// others 500 unless the argument is to blame (EINVAL, ENOTEMPTY, EEXIST, EISDIR …: 400).
[[nodiscard]] api_error system_error(const std::string& what, int error);

}  // namespace osprey::rest
