// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/result.hh>
#include <base/types.hh>

namespace osprey::vfs {

/// Permission bits (0777) that an access ACL stands for: the value of `system.posix_acl_access`, a
/// version and entries of tag, permissions and id (acl(5)).
/// Only the minimal ACL of owner, group and others is known, which is what programs set that copy a
/// file's mode. @return `errc::not_supported` for one that names users or groups,
/// `errc::invalid_argument` for what is no ACL.
result<u32> permissions_of_acl(const void* value, usize bytes) noexcept;

}  // namespace osprey::vfs
