// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <fs/overlay/overlay.hh>

namespace osprey::fs {

/// A file or directory of the overlay: an upper part, a lower part, or (directories, files that
/// were copied up) both.
///
/// Locking: names change under the VFS's `tree_mutex`. `copy_mutex_` lets one thread copy up; a
/// node's parent is copied up before it is taken. `upper_` is set once.
class overlay_node final : public vfs::vnode {
public:
    overlay_node(overlay_filesystem& fs, vfs::node_type type, u64 inode, refptr<ram_node> upper,
                 refptr<vfs::vnode> lower, refptr<overlay_node> parent, string name) noexcept;
    ~overlay_node() override;

    result<vfs::attributes> get_attributes() noexcept override;
    result<void> set_attributes(const vfs::attribute_change& change) noexcept override;
    result<refptr<vfs::file>> open(u32 flags) noexcept override;
    memory::vm_object* pages() noexcept override { return real().pages(); }
    void wrote() noexcept override { real().wrote(); }
    result<void> reserve(u64 offset, u64 bytes) noexcept override {
        return real().reserve(offset, bytes);
    }
    [[nodiscard]] bool is_hole(u64 index) noexcept override { return real().is_hole(index); }

    result<refptr<vfs::vnode>> lookup(std::string_view name) noexcept override;
    result<refptr<vfs::vnode>> create(std::string_view name, vfs::node_type type, u32 permissions,
                                      vfs::device_number special) noexcept override;
    result<refptr<vfs::vnode>> symlink(std::string_view name,
                                       std::string_view target) noexcept override;
    result<refptr<vfs::vnode>> create_unnamed(u32 permissions) noexcept override;
    result<void> link(std::string_view name, vfs::vnode& target) noexcept override;
    result<void> unlink(std::string_view name, vfs::vnode& victim) noexcept override;
    result<void> remove_directory(std::string_view name, vfs::vnode& victim) noexcept override;
    result<void> rename(std::string_view old_name, vfs::vnode& moved, vfs::vnode& new_directory,
                        std::string_view new_name, vfs::vnode* victim, u32 flags) noexcept override;
    result<void> read_directory(u64 cookie, vfs::directory_sink& sink) noexcept override;
    result<usize> read_link(char* to, usize room) noexcept override {
        return real().read_link(to, room);
    }
    result<usize> get_xattr(std::string_view name, void* to, usize room) noexcept override {
        return real().get_xattr(name, to, room);
    }
    result<usize> list_xattr(char* to, usize room) noexcept override {
        return real().list_xattr(to, room);
    }
    result<void> set_xattr(std::string_view name, const void* from, usize bytes,
                           u32 flags) noexcept override;
    result<void> remove_xattr(std::string_view name) noexcept override;

    [[nodiscard]] ram_node* upper() const noexcept {
        return upper_.load(std::memory_order_acquire);
    }

private:
    friend class overlay_filesystem;
    enum class contents : u8 { copied, dropped };
    [[nodiscard]] overlay_filesystem& fs() const noexcept {
        return static_cast<overlay_filesystem&>(owner());
    }
    [[nodiscard]] vfs::vnode& real() const noexcept {
        ram_node* u = upper();
        return u ? static_cast<vfs::vnode&>(*u) : *lower_;
    }
    /// The upper part, made if need be. Context: may copy a whole file.
    result<ram_node*> copy_up(contents data = contents::copied) noexcept;
    result<void> copy_metadata(ram_node& to) noexcept;
    result<void> copy_data(ram_node& to) noexcept;
    result<void> copy_xattrs(ram_node& to) noexcept;
    [[nodiscard]] bool lower_has(std::string_view name) noexcept;
    result<void> hide(ram_node& upper_directory, std::string_view name) noexcept;
    /// Puts a new upper node in place, over a whiteout if there is one.
    template <typename Make>
    result<refptr<vfs::vnode>> put(std::string_view name, Make&& make) noexcept;
    result<bool> empty() noexcept;
    void lost_a_name() noexcept;

    std::atomic<ram_node*> upper_;  // counted
    const refptr<vfs::vnode> lower_;
    const refptr<overlay_node> parent_;  // where its lower part was found…
    const string name_;                  // …and under which name
    std::atomic<u32> hidden_links_{0};   // lower names taken away
    sync::mutex copy_mutex_;
    tree_hook lower_hook_, upper_hook_;  // the filesystem's tables
    bool pinned_ = false;
};

}  // namespace osprey::fs
