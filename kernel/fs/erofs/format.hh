// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>
#include <cstring>

/// The on-disk format of EROFS, little-endian throughout. Source: Linux
/// Documentation/filesystems/erofs.rst and the layout that mkfs.erofs 1.5 writes.
namespace osprey::fs::erofs {

inline constexpr u32 block_shift = 12;
inline constexpr u64 block_bytes = u64{1} << block_shift;
inline constexpr u64 superblock_offset = 1024;
inline constexpr u32 superblock_magic = 0xe0f5e1e2;
inline constexpr u64 inode_slot_bytes = 32;  // a nid counts these from the metadata area on

struct superblock {
    u32 magic;
    u32 checksum;  // CRC32C of the rest of block 0 with this field zero
    u32 compatible_features;
    u8 block_shift;
    u8 extension_slots;  // 16 bytes each, behind the superblock
    u16 root_nid;
    u64 inodes;
    u64 build_seconds;
    u32 build_nanoseconds;
    u32 blocks;
    u32 metadata_block;
    u32 xattr_block;
    u8 uuid[16];
    u8 volume_name[16];
    u32 incompatible_features;
    u16 compression_algorithms;  // bit set, or LZ4's window when `compression_configurations` is
                                 // off
    u16 extra_devices;
    u16 device_slot;
    u8 directory_block_shift;
    u8 xattr_prefixes;
    u32 xattr_prefix_start;
    u64 packed_nid;
    u8 reserved[24];
};
static_assert(sizeof(superblock) == 128);

enum compatible_feature : u32 { has_checksum = 1, has_mtime = 2 };

enum incompatible_feature : u32 {
    zero_padding = 1,                // LZ4 data ends where its cluster ends, zeros come before it
    compression_configurations = 2,  // also: clusters of several blocks
    chunked_files = 4,
    device_table = 8,  // also: second algorithm per file
    tail_packing = 16,
    fragments = 32,
    long_xattr_prefixes = 64,
};

struct compact_inode {
    u16 format;
    u16 xattr_count;
    u16 mode;
    u16 links;
    u32 size;
    u32 reserved;
    u32 where;  // first block, device number, or chunk format, as the layout says
    u32 number;
    u16 uid;
    u16 gid;
    u32 reserved2;
};
static_assert(sizeof(compact_inode) == 32);

struct extended_inode {
    u16 format;
    u16 xattr_count;
    u16 mode;
    u16 reserved;
    u64 size;
    u32 where;
    u32 number;
    u32 uid;
    u32 gid;
    u64 seconds;
    u32 nanoseconds;
    u32 links;
    u8 reserved2[16];
};
static_assert(sizeof(extended_inode) == 64);

/// Bits 1…3 of `format`.
enum class data_layout : u8 {
    plain = 0,
    compressed_full = 1,
    inline_tail = 2,
    compressed_compact = 3,
    chunks = 4,
};

struct directory_entry {
    u64 nid;
    u16 name_offset;  // into the directory block
    u8 type;          // as Linux's FT_*: 1 file, 2 directory, 3 character device, 4 block device…
    u8 reserved;
} __attribute__((packed));
static_assert(sizeof(directory_entry) == 12);

struct xattr_header {
    u32 name_filter;
    u8 shared_count;
    u8 reserved[7];
};  // followed by shared_count numbers of shared attributes
static_assert(sizeof(xattr_header) == 12);

struct xattr_entry {
    u8 name_bytes;
    u8 prefix;
    u16 value_bytes;
};  // followed by name and value; the next begins at a multiple of four
static_assert(sizeof(xattr_entry) == 4);

inline constexpr u16 chunk_size_bits = 0x1f;  // log2 of blocks in a chunk
inline constexpr u16 chunk_has_indexes = 0x20;
inline constexpr u32 no_block = 0xffff'ffff;  // hole

struct chunk_index {
    u16 advise;
    u16 device;
    u32 block;
};
static_assert(sizeof(chunk_index) == 8);

/// Before the cluster indexes of a compressed file.
struct compression_header {
    u16 reserved;
    u16 inline_tail_bytes;
    u16 advise;
    u8 algorithms;    // low half: HEAD1, high half: HEAD2; 0: LZ4
    u8 cluster_bits;  // log2 of blocks in a logical cluster; bit 7: the file is a fragment
};
static_assert(sizeof(compression_header) == 8);

enum compression_advise : u16 {
    two_byte_indexes = 1,
    big_clusters_1 = 2,
    big_clusters_2 = 4,
    inline_tail_cluster = 8,
};

/// Index of one logical cluster in the layout `compressed_full`.
struct cluster_index {
    u16 advise;  // bits 0-1: cluster_type
    u16 offset;  // where in the logical cluster the extent begins
    union {
        u32 block;
        u16 delta[2];  // clusters back to the head; on to the next head
    };
};
static_assert(sizeof(cluster_index) == 8);

enum class cluster_type : u8 { plain = 0, head1 = 1, inner = 2, head2 = 3 };

/// In delta[0] of the first inner cluster: the rest counts the blocks of the stored cluster.
inline constexpr u32 delta_counts_blocks = 1u << 11;

/// Limits that Linux sets, too (Z_EROFS_PCLUSTER_MAX_SIZE, Z_EROFS_PCLUSTER_MAX_DSIZE).
inline constexpr u64 stored_cluster_limit = u64{1} << 20;
inline constexpr u64 extent_limit = u64{12} << 20;

template <typename T>
T load(const void* from) noexcept {
    T value;
    std::memcpy(&value, from, sizeof(T));
    return value;
}

}  // namespace osprey::fs::erofs
