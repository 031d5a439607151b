// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <elf/libraries.hh>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

struct stat;

namespace osprey::cli::image {

/// Time of everything that has no time worth keeping: 10 June 2023, the release of Debian 12.
inline constexpr int64_t fixed_time = 1'686'355'200;

enum class node_kind { folder, file, symlink, fifo };

/// One name in the image.
struct node {
    node_kind kind = node_kind::folder;
    mode_t mode = 0755;
    int64_t time = fixed_time;
    uint64_t size = 0;
    std::filesystem::path source;  ///< where a file's bytes are; empty: in `content`
    std::string content;           ///< bytes of a made-up file, or target of a symbolic link
    std::string identity;          ///< changes when the source's bytes may have changed
    std::string link_group;        ///< equal for names of one hard-linked file; empty: just one
    bool may_link = false;         ///< the source is ours: staging may hard-link it
};

/// Whether files keep the time they have on disk. Trees do (Python compares the times of .py and
/// .pyc); single files do not, so that a rebuilt but equal program gives an equal image.
enum class times { keep, fix };

/// The content of an image before it is written: guest paths to nodes.
///
/// Paths are absolute. Every change first follows the symbolic links in the folder part of a
/// path, so that /lib/x lands in /usr/lib/x where /lib is a link, as on a live system.
class tree final : public elf::file_view {
public:
    tree();

    void add_folder(const std::string& path, mode_t mode = 0755);
    void add_symlink(const std::string& path, const std::string& target);
    void add_content(const std::string& path, std::string content, mode_t mode = 0644);
    /// One regular file of this machine; follows links on the host side.
    void add_file(const std::string& path, const std::filesystem::path& source, times keep);
    /// A host file or folder with all below it; `leave_out` tells which top-level names to skip.
    void add_any(const std::string& path, const std::filesystem::path& source,
                 const std::vector<std::string>& leave_out = {});
    /// A tree that the tool unpacked itself: files may be hard-linked, `identity` names its bytes.
    void add_own(const std::filesystem::path& source, const std::string& identity);
    /// A file of this machine under its own path, with the symbolic links that lead to it.
    void add_mirrored(const std::string& path);
    /// /bin, /sbin, /lib* as links into /usr, as every Debian since 12 has them.
    void add_merged_usr();

    /// The path with every symbolic link followed, if something is there.
    [[nodiscard]] std::optional<std::string> resolve(const std::string& path) const;
    [[nodiscard]] const node* at(const std::string& canonical_path) const;
    [[nodiscard]] bool has(const std::string& path) const { return resolve(path).has_value(); }

    [[nodiscard]] const std::map<std::string, node>& nodes() const noexcept { return nodes_; }
    /// Host files that could not be read and are left out.
    [[nodiscard]] const std::vector<std::string>& unreadable() const noexcept {
        return unreadable_;
    }
    /// Bytes of all regular files, hard-linked ones once.
    [[nodiscard]] uint64_t total_size() const;

    // elf::file_view
    [[nodiscard]] std::optional<located> find(const std::string& path) const override;
    [[nodiscard]] std::vector<std::string> list(const std::string& folder) const override;
    [[nodiscard]] std::string description() const override { return description_; }
    void describe_as(std::string text) { description_ = std::move(text); }

private:
    struct origin {
        times keep;
        bool own;
        std::string identity;
    };

    /// Follows links in the folder part, makes missing folders, returns the canonical path.
    std::string prepare(const std::string& path);
    void add_entry(const std::string& path, const std::filesystem::path& source,
                   const origin& from);
    void add_below(const std::string& path, const std::filesystem::path& source, const origin& from,
                   const std::vector<std::string>& leave_out);
    [[nodiscard]] std::optional<std::string> walk(const std::string& path, int& links) const;

    std::map<std::string, node> nodes_;
    std::vector<std::string> unreadable_;
    std::string description_ = "the image";
};

/// Checks and normalises a guest path: absolute, no "." or "..", no trailing slash.
[[nodiscard]] std::string clean_guest_path(const std::string& path);

}  // namespace osprey::cli::image
