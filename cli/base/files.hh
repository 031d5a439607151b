// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace osprey::cli {

namespace fs = std::filesystem;

/// The whole file; throws `failure`.
[[nodiscard]] std::string read_file(const fs::path& path);

/// The whole file, or nothing if it cannot be read.
[[nodiscard]] std::optional<std::string> try_read_file(const fs::path& path);

/// Writes a file under a temporary name and renames it, so that readers see all or nothing.
void write_file(const fs::path& path, std::string_view content);

/// Copies data, sharing the blocks where the filesystem can; keeps mode, not owner.
void copy_bytes(const fs::path& from, const fs::path& to);

/// Makes the folder and its parents; throws `failure`.
void make_folders(const fs::path& path);

/// A folder that is removed with all it holds when the object goes.
class temporary_folder {
public:
    /// Makes `parent/prefix.XXXXXX`.
    temporary_folder(const fs::path& parent, std::string_view prefix);
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;
    ~temporary_folder();

    [[nodiscard]] const fs::path& path() const noexcept { return path_; }
    /// Gives the folder up: it stays (it was renamed away or is wanted).
    void release() noexcept { path_.clear(); }

private:
    fs::path path_;
};

/// Removes a tree even where folders lack write permission.
void remove_tree(const fs::path& path) noexcept;

/// An exclusive lock on a file, held until the object goes; waits for other holders.
class file_lock {
public:
    explicit file_lock(const fs::path& path);
    file_lock(const file_lock&) = delete;
    file_lock& operator=(const file_lock&) = delete;
    ~file_lock();

private:
    int fd_;
};

/// Where the tool keeps things: OSPREY_CACHE or $XDG_CACHE_HOME/osprey or ~/.cache/osprey.
[[nodiscard]] fs::path cache_folder();
/// Where running guests leave their logs: OSPREY_STATE or $XDG_STATE_HOME/osprey or
/// ~/.local/state/osprey.
[[nodiscard]] fs::path state_folder();
/// The folder of the running executable.
[[nodiscard]] fs::path own_folder();

}  // namespace osprey::cli
