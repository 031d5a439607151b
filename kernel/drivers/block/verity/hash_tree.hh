// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <base/result.hh>
#include <base/types.hh>
#include <span>
#include <string_view>

namespace osprey::drivers::verity {

inline constexpr u32 block_shift = 12;
inline constexpr usize block_bytes = usize{1} << block_shift;
inline constexpr usize largest_digest = 32;
inline constexpr unsigned most_levels = 7;  // of 128 digests to a block: more than 64-bit disks

/// The superblock before a hash tree, little-endian. Source: cryptsetup's wiki, "DMVerity";
/// Linux Documentation/admin-guide/device-mapper/verity.rst.
struct superblock {
    u8 signature[8];
    u32 version;    // of the superblock: 1
    u32 hash_type;  // 1: the salt comes first; 0: Chrome OS
    u8 uuid[16];
    char algorithm[32];
    u32 data_block_bytes;
    u32 hash_block_bytes;
    u64 data_blocks;
    u16 salt_bytes;
    u8 padding[6];
    u8 salt[256];
    u8 padding_2[168];
};
static_assert(sizeof(superblock) == 512);

inline constexpr std::string_view signature{"verity\0\0", 8};

enum class algorithm : u8 { crc32c, sha256 };
std::string_view name_of(algorithm which) noexcept;

struct digest {
    std::array<u8, largest_digest> bytes{};
    bool operator==(const digest&) const noexcept = default;
};

/// A hash tree: where it lies on its disk and how its digests are made. Each block of a level holds
/// the digests of consecutive blocks of the level below; level 0 holds those of the data. The
/// highest level is one block and comes first on the disk.
struct hash_tree {
    algorithm kind = algorithm::crc32c;
    u64 data_blocks = 0;
    unsigned levels = 0;
    u64 starts[most_levels] = {};  // block of the disk at which each level begins
    u64 start = 0, end = 0;        // blocks of the disk that the tree takes
    usize salt_bytes = 0;
    u8 salt[256] = {};

    [[nodiscard]] usize digest_bytes() const noexcept { return kind == algorithm::crc32c ? 4 : 32; }
    /// Digests to a block, as a power of two.
    [[nodiscard]] unsigned fan_out_shift() const noexcept {
        return kind == algorithm::crc32c ? 10 : 7;
    }

    /// The digest of a block; what it leaves of `digest::bytes` is zero.
    [[nodiscard]] digest hash(const u8* block) const noexcept;

    /// A block below the root: which one of its level (-1: the data), so who vouches for it.
    struct place {
        int level;
        u64 index;
    };
    /// Which block of the tree the disk's block `number` is. It must be one of it.
    [[nodiscard]] place place_of(u64 number) const noexcept;
    /// The block of the disk with the digest of that block, and where in it.
    struct voucher {
        u64 block;
        usize offset;
    };
    /// @return block 0 for the highest level, for which only a root digest could vouch.
    [[nodiscard]] voucher voucher_of(place of) const noexcept;
};

/// Whether a block looks like a superblock at all.
bool has_signature(const u8* block) noexcept;

/// Reads the superblock in `block`, which is block `where` of a disk with `disk_blocks`, behind
/// `data_blocks` of data. A refusal says why in `reason` (a text that lives for ever).
/// @return `errc::not_supported`: made with other parameters; `errc::structure_needs_cleaning`:
/// damaged or cut short.
result<hash_tree> read_superblock(const u8* block, u64 where, u64 data_blocks, u64 disk_blocks,
                                  const char*& reason) noexcept;

/// A digest from hexadecimal digits. @return `errc::invalid_argument`.
result<digest> parse_digest(std::string_view text, const hash_tree& tree) noexcept;

}  // namespace osprey::drivers::verity
