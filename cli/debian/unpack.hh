// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>

namespace osprey::cli::debian {

/// Unpacks a .deb: its files to `to/root`, its maintainer scripts and facts to `to/control`.
/// Scripts are never run. Throws `failure` for a damaged file or a full disk.
void unpack_deb(const std::filesystem::path& deb, const std::filesystem::path& to);

}  // namespace osprey::cli::debian
