// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

namespace osprey::rest {

/// Permissions written in octal. Throws `api_error` (400).
[[nodiscard]] std::optional<mode_t> parse_permission(const std::string& text);

/// What the operations on files do. They throw `api_error`.
void make_folders(const std::string& path, mode_t mode);
void copy_file(const std::string& from, const std::string& to);
void remove_files(const std::string& path, bool recursive);
void change_mode(const std::string& path, mode_t mode);

}  // namespace osprey::rest
