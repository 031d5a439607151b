// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <drivers/block/block_device.hh>

namespace osprey::fs::erofs {

/// The disk of an image, checked block by block if a hash tree lies behind the image; `disk` itself
/// if none does, or if it holds no image. `root_hash` as for `drivers::verity::verify`. Why a tree
/// is refused goes to the log as one line. Context: threads, may sleep.
result<refptr<drivers::block_device>> with_integrity(refptr<drivers::block_device> disk,
                                                     std::string_view root_hash) noexcept;

}  // namespace osprey::fs::erofs
