// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>
#include <fs/erofs/format.hh>

namespace osprey::fs::erofs {

/// An inode of either size, decoded.
struct inode {
    u64 nid = 0;
    u64 size = 0;
    u32 mode = 0;  // type and permissions as in st_mode
    u32 links = 0;
    u32 uid = 0, gid = 0;
    i64 seconds = 0;
    u32 nanoseconds = 0;
    data_layout layout{};
    u32 where = 0;        // see compact_inode
    u64 xattr_start = 0;  // bytes into the image
    u32 xattr_bytes = 0;
    u64 body = 0;  // bytes into the image: what follows inode and attributes (tail, indexes)

    [[nodiscard]] bool compressed() const noexcept {
        return layout == data_layout::compressed_full || layout == data_layout::compressed_compact;
    }
    [[nodiscard]] u64 blocks() const noexcept {
        return size / block_bytes + (size % block_bytes != 0);
    }
};

}  // namespace osprey::fs::erofs
