// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace osprey::cli::image {

/// By what the blocks of an image are checked when they are read.
enum class integrity { none, crc32c, sha256 };

[[nodiscard]] integrity integrity_of(const std::string& name);

/// A dm-verity hash tree behind an image (format: cryptsetup's wiki, "DMVerity"; hash type 1,
/// blocks of 4096 bytes; no salt, so that equal images stay equal).
struct hash_tree {
    std::string algorithm;
    std::string root_hash;  ///< hexadecimal
    uint64_t start = 0;     ///< byte position of its superblock
    uint64_t bytes = 0;     ///< with the superblock
};

/// Appends a superblock and a tree to an image of whole blocks. Throws `failure`.
void append_hash_tree(const std::filesystem::path& image, integrity kind);

/// The tree behind `data_bytes` of a file; nothing if the file ends there or only zeros follow.
/// The root hash is computed from the tree's highest block. Throws `failure` if it is damaged.
[[nodiscard]] std::optional<hash_tree> read_hash_tree(const std::filesystem::path& image,
                                                      uint64_t data_bytes);

/// For an image without a tree: throws if its description (`card`, /etc/osprey/image.json) says
/// that it was built with one, so that it is cut short.
void require_promised_tree(const std::filesystem::path& image, const nlohmann::json& card);

/// Compares every block of the image and of its tree with its digest.
/// @return the numbers of the blocks that do not match, in rising order.
[[nodiscard]] std::vector<uint64_t> damaged_blocks(const std::filesystem::path& image,
                                                   uint64_t data_bytes);

}  // namespace osprey::cli::image
