// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vfs/file.hh>

namespace osprey::fs {

/// memfd_create(2): `flags` MFD_CLOEXEC 1 (ignored here), MFD_ALLOW_SEALING 2, MFD_NOEXEC_SEAL 8,
/// MFD_EXEC 16. @return `errc::invalid_argument` for others (MFD_HUGETLB among them) and for names
/// above 249 characters.
result<refptr<vfs::file>> make_memfd(std::string_view name, u32 flags) noexcept;

/// fcntl(F_ADD_SEALS, F_GET_SEALS): F_SEAL_SEAL 1, SHRINK 2, GROW 4, WRITE 8, FUTURE_WRITE 16.
/// @return `errc::invalid_argument` for other files, `errc::not_permitted` when sealed,
/// `errc::busy` while writable shared maps exist.
result<void> add_seals(vfs::file& f, u32 seals) noexcept;
result<u32> get_seals(vfs::file& f) noexcept;

}  // namespace osprey::fs
