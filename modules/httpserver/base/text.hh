// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace osprey::rest {

/// The text of a file of /proc, /sys or the like (whose size is not known before), up to `limit`
/// bytes; nothing if it cannot be read.
[[nodiscard]] std::optional<std::string> read_text(const std::string& path,
                                                   size_t limit = 16 << 20);

/// The same without white space at the end; empty if it cannot be read.
[[nodiscard]] std::string read_word(const std::string& path);

/// The file as a number; `otherwise` if it is none.
[[nodiscard]] int64_t read_number(const std::string& path, int64_t otherwise = 0);

/// Writes text to an existing file in one write, as files of the kernel want it.
/// @return 0 or an errno.
[[nodiscard]] int write_text(const std::string& path, std::string_view text);

/// Makes or replaces a file: readers see all of the old text or all of the new.
/// @return 0 or an errno.
[[nodiscard]] int write_whole(const std::string& path, std::string_view text);

/// Parts between separators, empty ones included.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);
/// Words between blanks and tabs.
[[nodiscard]] std::vector<std::string_view> words(std::string_view text);

/// The whole text as a decimal number; nothing if it is none or too large.
[[nodiscard]] std::optional<int64_t> to_number(std::string_view text);

/// Takes blanks and line ends from both ends.
[[nodiscard]] std::string_view trim(std::string_view text);

/// Whether `text` matches a pattern with `*` and `?`. Time: at most the product of the lengths.
[[nodiscard]] bool matches_glob(std::string_view pattern, std::string_view text);

}  // namespace osprey::rest
