// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/report.hh>
#include <debian/apt.hh>
#include <image/tree.hh>
#include <string>
#include <vector>

namespace osprey::cli::debian {

/// Puts packages with all that they depend on into the image: downloaded and unpacked once,
/// kept in the cache by content, never installed. Links of update-alternatives are made, other
/// work of maintainer scripts is not done. Returns what went in.
std::vector<package> add_packages(const std::vector<std::string>& names, bool fresh_lists,
                                  image::tree& content, reporter& report);

}  // namespace osprey::cli::debian
