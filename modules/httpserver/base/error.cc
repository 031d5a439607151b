// SPDX-License-Identifier: BSD-3-Clause
#include <base/error.hh>

#include <cerrno>
#include <system_error>

namespace osprey::rest {

namespace {

int status_of(int error) {
    switch (error) {
        case ENOENT:
        case ENOTDIR:
            return 404;
        case EACCES:
        case EPERM:
        case EROFS:
            return 403;
        case EINVAL:
        case ENOTEMPTY:
        case EEXIST:
        case EISDIR:
        case ENAMETOOLONG:
        case EXDEV:
        case ELOOP:
        case EBUSY:
            return 400;
        case ENOSPC:
        case EDQUOT:
            return 507;
        case ENOSYS:
        case EOPNOTSUPP:
            return 501;
        default:
            return 500;
    }
}

}  // namespace

api_error system_error(const std::string& what, int error) {
    return {status_of(error), what + ": " + std::generic_category().message(error)};
}

}  // namespace osprey::rest
