// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <http/call.hh>

#include <string>

namespace osprey::rest {

/// FileStatusProperties of a path; nothing if there is no such file. `follow`: of what a symbolic
/// link leads to.
enum class links { follow, keep };
[[nodiscard]] std::optional<json> file_status(const std::string& path, links which,
                                              const settings& site);

/// FileStatusProperties of a folder's entries ("." and ".." first), of a file itself, or of all
/// that match a path with `*` and `?`. Throws `api_error` (404 if there is nothing).
[[nodiscard]] json list_files(const std::string& path, const settings& site);

}  // namespace osprey::rest
