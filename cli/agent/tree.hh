// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

/// Files and folders on their way between this machine and a guest, as tree entries
/// (modules/agent/protocol.hh).
namespace osprey::cli::agent {

/// How much has been moved: for a progress line. `total`: 0 if nobody knows.
struct tree_progress {
    uint64_t bytes = 0, total = 0, files = 0;
};
using progress_watcher = std::function<void(const tree_progress&)>;

/// Bytes that a file or folder holds.
[[nodiscard]] uint64_t bytes_below(const std::filesystem::path& top);

/// Gives a file or folder of this machine to `send`, piece by piece. Symbolic links below the top
/// stay links; sockets, pipes and devices are left out. Throws `failure`.
void write_tree(const std::filesystem::path& top, const std::function<void(std::string_view)>& send,
                const progress_watcher& watch);

/// Makes what `receive` gives (exactly so many bytes, or it throws) into the file or folder
/// `target`.
///
/// The guest is not trusted: nothing is written outside `target`, whatever names and links it
/// sends, and files never become setuid. Existing folders are filled, existing files replaced.
/// Throws `failure`.
void read_tree(const std::filesystem::path& target,
               const std::function<void(char* to, size_t bytes)>& receive,
               const progress_watcher& watch);

}  // namespace osprey::cli::agent
