// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <fs/ram/ram_node.hh>

namespace osprey::fs {

class overlay_node;

/// A RAM filesystem laid over a read-only one, so that every path is writable: the root.
///
/// Reading goes to the lower layer until a file is opened for writing or changed; then it is copied
/// up. Deleted lower names are hidden by whiteouts in the upper layer. There is one overlay node
/// per file, whatever its names, found by the lower inode number or the upper node; nodes with an
/// upper part stay in memory (as their data does), which keeps inode numbers and the tie between a
/// renamed directory and its lower half without anything on disk.
class overlay_filesystem final : public vfs::filesystem {
public:
    /// `size_limit`: bytes that may be written; 0: half of the memory.
    static result<refptr<overlay_filesystem>> create(refptr<vfs::filesystem> lower,
                                                     u64 size_limit = 0) noexcept;
    ~overlay_filesystem() override;

    [[nodiscard]] std::string_view type_name() const noexcept override { return "overlay"; }
    [[nodiscard]] refptr<vfs::vnode> root() noexcept override;
    result<vfs::filesystem_statistics> get_statistics() noexcept override;
    result<void> synchronize() noexcept override { return lower_->synchronize(); }

    [[nodiscard]] ram_filesystem& upper() noexcept { return *upper_; }
    /// The overlay node of an upper node; made if it is new.
    result<refptr<overlay_node>> of_upper(ram_node& upper) noexcept;
    /// The number under which stat(2) shows an upper node.
    u64 inode_of(const ram_node& upper) noexcept;
    /// The overlay node of a lower node seen as `name` in `parent`.
    result<refptr<overlay_node>> of_lower(refptr<vfs::vnode> lower, overlay_node& parent,
                                          std::string_view name) noexcept;
    /// `node` has an upper part now: keep it.
    void pin(overlay_node& node) noexcept;
    /// Its last upper name is gone.
    void unpin(overlay_node& node) noexcept;
    void forget(overlay_node& node) noexcept;  // from its destructor

private:
    friend result<refptr<overlay_filesystem>> make_ref<overlay_filesystem>() noexcept;
    overlay_filesystem() noexcept = default;
    struct tables;
    overlay_node* find_upper(const ram_node& upper) noexcept;
    refptr<vfs::filesystem> lower_;
    refptr<ram_filesystem> upper_;
    refptr<overlay_node> root_;
    sync::mutex mutex_;  // guards the tables; innermost
    tables* tables_ = nullptr;
};

}  // namespace osprey::fs
