// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/result.hh>
#include <fs/erofs/block_source.hh>
#include <fs/erofs/inode.hh>

namespace osprey::fs::erofs {

/// A stretch of a compressed file that is stored (and unpacked) as a whole.
struct extent {
    u64 start;         // in the file
    u64 bytes;         // of the file
    u64 stored;        // where in the image, bytes
    u64 stored_bytes;  // length there
    bool packed;       // by LZ4; else the bytes themselves
};

/// Finds extents of one compressed file by its logical-cluster indexes.
/// Context: threads, may sleep.
class cluster_map {
public:
    /// `file` and `source` must outlive the map.
    cluster_map(block_source& source, const inode& file, u32 features) noexcept
        : reader_{source}, image_blocks_{source.blocks()}, file_{file}, features_{features} {}

    /// Reads the compression header. Before anything else.
    /// @return `errc::not_supported` for algorithms other than LZ4.
    result<void> open() noexcept;
    /// The extent that holds byte `offset`, which is inside the file.
    result<extent> find(u64 offset) noexcept;

private:
    struct cluster {
        cluster_type type{};
        u32 offset = 0;         // heads: where in the cluster the extent begins
        u32 back = 0;           // inner: clusters back to the head
        u32 stored_blocks = 0;  // inner, first of an extent: what the head's extent takes; or 0
        u64 block = 0;          // heads: where it is stored
        u64 after_indexes = 0;  // where the index, or the pack it is in, ends
    };
    struct head {
        u64 number;
        cluster at;
    };
    result<cluster> load(u64 number) noexcept;
    result<head> head_of(u64 offset) noexcept;
    result<cluster> load_full(u64 number) noexcept;
    result<cluster> load_compact(u64 number) noexcept;
    result<cluster> unpack_compact(u64 position, u32 entry_bytes) noexcept;
    result<u64> end_of(u64 head) noexcept;
    result<u64> stored_length(u64 head, cluster_type type) noexcept;

    metadata_reader reader_;
    const u64 image_blocks_;
    const inode& file_;
    const u32 features_;
    u32 shift_ = block_shift;  // log2 of the bytes in a logical cluster
    u16 advise_ = 0;
    u32 inline_bytes_ = 0;
    u64 clusters_ = 0;
    u64 indexes_ = 0;  // bytes into the image
    // The extent stored behind the indexes, found on first use
    u64 tail_head_ = ~u64{0};
    u64 tail_stored_ = 0;
};

}  // namespace osprey::fs::erofs
