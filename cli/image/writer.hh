// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/report.hh>
#include <filesystem>
#include <image/hash_tree.hh>
#include <image/tree.hh>
#include <string>

namespace osprey::cli::image {

/// How the files' bytes are stored.
enum class compression { none, lz4, lz4hc };

/// An image in the cache.
struct cached_image {
    std::filesystem::path path;
    uint64_t size = 0;
    bool was_cached = false;  ///< it was there before
};

/// Makes the EROFS image of a tree, or finds the one that was made from the same inputs.
///
/// The bytes depend only on names, contents, modes and kept times: fixed UUID, root-owned,
/// no extended attributes, sorted. Throws `failure`.
[[nodiscard]] cached_image make_image(const tree& content, compression packing,
                                      integrity checked_by, reporter& report);

}  // namespace osprey::cli::image
