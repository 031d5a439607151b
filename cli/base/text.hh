// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace osprey::cli {

/// "512 B", "38.2 MB": decimal units, three digits at most before the point.
[[nodiscard]] std::string human_bytes(uint64_t bytes);

/// "812 us", "112 ms", "3.2 s".
[[nodiscard]] std::string human_time(uint64_t microseconds);

/// "1 file", "3 files".
[[nodiscard]] std::string counted(uint64_t count, std::string_view noun);

/// Quotes one word for a shell-like reader if it needs quotes.
[[nodiscard]] std::string shell_quote(std::string_view word);

/// Text that is safe on a terminal: control characters and broken UTF-8 become "?".
[[nodiscard]] std::string printable(std::string_view text);

/// Joins quoted words with spaces.
[[nodiscard]] std::string shell_join(const std::vector<std::string>& words);

[[nodiscard]] std::vector<std::string> split(std::string_view text, char separator);

/// Splits at blanks and newlines, leaving out empty words.
[[nodiscard]] std::vector<std::string> split_blanks(std::string_view text);

/// Reads "64", "64M", "2G" as QEMU does: a plain number is MiB. Returns MiB.
/// Throws `failure` (usage) when it is not a size of at least 1 MiB.
[[nodiscard]] uint64_t parse_memory(const std::string& text);

/// Lower-case hexadecimal SHA-256.
[[nodiscard]] std::string sha256(std::string_view data);
[[nodiscard]] std::string sha256_of_file(const std::string& path);

}  // namespace osprey::cli
