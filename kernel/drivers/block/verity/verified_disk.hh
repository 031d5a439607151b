// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <drivers/block/block_device.hh>
#include <string_view>

namespace osprey::drivers::verity {

/// A disk of which every block is compared with its digest when it is read.
///
/// The data are the first `data_blocks` blocks (4096 bytes) of `disk`; the superblock of a
/// dm-verity hash tree lies behind them, the tree behind that. Blocks of the tree are read when
/// they are first needed, checked against the level above and kept while there is memory. A block
/// that does not match reads as `errc::io_error` and is told to `watch_damage`'s function.
///
/// @param root_hash the digest of the highest block, in hexadecimal digits, for an image that
/// nobody may have changed on purpose; empty: accidents are found, no more.
/// @return `disk` itself if only zeros, or nothing, lie behind the data; else the disk that checks.
/// A refusal says why in `reason`.
/// Context: threads, may sleep.
result<refptr<block_device>> verify(refptr<block_device> disk, u64 data_blocks,
                                    std::string_view root_hash, const char*& reason) noexcept;

/// How often a block that was read did not match.
[[nodiscard]] u64 damage_count() noexcept;

/// Calls `function` when the first damaged block is found. Once, at boot.
void watch_damage(void (*function)(std::string_view disk, u64 block)) noexcept;

}  // namespace osprey::drivers::verity
