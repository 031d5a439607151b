// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/result.hh>
#include <base/types.hh>
#include <span>

namespace osprey::fs::erofs {

/// Unpacks one LZ4 block until `to` is full; what the block holds beyond that is not looked at.
/// Reads and writes inside the two spans only, whatever `from` contains.
/// Source: "LZ4 Block Format Description". Context: any.
/// @return `errc::structure_needs_cleaning` if the block is malformed or gives less than `to`
/// holds.
result<void> lz4_unpack(std::span<const u8> from, std::span<u8> to) noexcept;

}  // namespace osprey::fs::erofs
