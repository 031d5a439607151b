// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <drivers/block/block_device.hh>
#include <vfs/vnode.hh>

namespace osprey::fs::erofs {

/// The filesystem on `disk`, checked block by block if a hash tree lies behind it (see
/// drivers/block/verity). `root_hash`: the tree's own digest in hexadecimal digits, if it is known.
/// Why a disk is refused goes to the log as one line.
/// @return `errc::invalid_argument` not EROFS, `errc::not_supported` unknown features,
/// `errc::structure_needs_cleaning` damaged. Context: threads, may sleep.
result<refptr<vfs::filesystem>> mount(refptr<drivers::block_device> disk,
                                      std::string_view root_hash = {}) noexcept;

/// Makes mount(2) know the type "erofs". Once, at boot.
void register_type() noexcept;

}  // namespace osprey::fs::erofs
