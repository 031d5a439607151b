// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <fs/ram/ram.hh>

namespace osprey::fs {

/// One file, directory, link or device node of a RAM filesystem.
///
/// Locking: `entries_mutex_` guards a directory's entries, extended attributes and a link's text;
/// it is innermost (only memory is allocated inside) and has no rank because rename takes two.
/// Metadata are atomics.
class ram_node final : public vfs::vnode {
public:
    ram_node(ram_filesystem& fs, vfs::node_type type, u64 inode, u32 permissions) noexcept;
    ~ram_node() override;

    result<vfs::attributes> get_attributes() noexcept override;
    result<void> set_attributes(const vfs::attribute_change& change) noexcept override;
    memory::vm_object* pages() noexcept override { return data_.get(); }
    void wrote() noexcept override;
    result<void> reserve(u64 offset, u64 bytes) noexcept override;
    [[nodiscard]] bool is_hole(u64 index) noexcept override;

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
    result<usize> read_link(char* to, usize room) noexcept override;

    result<usize> get_xattr(std::string_view name, void* to, usize room) noexcept override;
    result<void> set_xattr(std::string_view name, const void* from, usize bytes,
                           u32 flags) noexcept override;
    result<usize> list_xattr(char* to, usize room) noexcept override;
    result<void> remove_xattr(std::string_view name) noexcept override;

    /// For the overlay: a name that hides one of the layer below (a device node 0:0, as overlayfs
    /// of Linux writes it).
    [[nodiscard]] bool is_whiteout() const noexcept {
        return type() == vfs::node_type::character_device && special_.major == 0 &&
               special_.minor == 0;
    }
    /// Gives an existing node a (further) name here without counting the link.
    result<void> adopt(std::string_view name, ram_node& node) noexcept {
        return add(name, refptr<ram_node>{&node});
    }
    void set_link_text(string text) noexcept { target_ = std::move(text); }
    void set_special(vfs::device_number n) noexcept { special_ = n; }
    /// Does the directory hold anything but whiteouts?
    [[nodiscard]] bool has_entries() noexcept;
    /// Drops all entries (whiteouts) of a directory that is about to go.
    void clear_entries() noexcept;
    /// Names that lead here.
    [[nodiscard]] u32 links() const noexcept { return links_.load(std::memory_order_relaxed); }

private:
    friend class ram_filesystem;
    struct entry;
    struct name_key {
        u32 hash;
        std::string_view name;
        friend bool operator<(const name_key& a, const name_key& b) noexcept {
            return a.hash != b.hash ? a.hash < b.hash : a.name < b.name;
        }
    };
    struct entry {
        tree_hook name_hook, cookie_hook;
        u64 cookie;
        refptr<ram_node> node;
        u32 hash;
        u32 size;
        char text[];
        [[nodiscard]] std::string_view name() const noexcept { return {text, size}; }
    };
    static name_key key_of(const entry& e) noexcept { return {e.hash, e.name()}; }
    static u64 cookie_of(const entry& e) noexcept { return e.cookie; }
    struct extended_attribute {
        string name;
        vector<char> value;
    };

    [[nodiscard]] ram_filesystem& fs() const noexcept {
        return static_cast<ram_filesystem&>(owner());
    }
    entry* find(std::string_view name) noexcept;
    result<entry*> make_entry(std::string_view name, refptr<ram_node> node) noexcept;
    void insert(entry& e) noexcept;
    void erase(entry& e) noexcept;
    static void free_entry(entry* e) noexcept;
    result<void> add(std::string_view name, refptr<ram_node> node) noexcept;
    extended_attribute* find_xattr(std::string_view name) noexcept;
    result<void> set_permissions(u32 bits) noexcept;
    void recharge() noexcept;
    void touch() noexcept;          // modification and change time
    void touch_changed() noexcept;  // change time

    refptr<memory::vm_object> data_;  // regular files
    std::atomic<u64> charged_{0};     // pages of it that count against the limit
    sync::mutex entries_mutex_;
    intrusive_tree<entry, &entry::name_hook, &ram_node::key_of> by_name_;
    intrusive_tree<entry, &entry::cookie_hook, &ram_node::cookie_of> by_cookie_;
    u64 next_cookie_ = 1;
    u32 count_ = 0;
    bool dead_ = false;  // removed: no new entries
    string target_;      // symbolic links
    vector<extended_attribute> xattrs_;
    vfs::device_number special_;
    std::atomic<u32> permissions_, uid_{0}, gid_{0}, links_{1};
    std::atomic<i64> accessed_, modified_, changed_;  // ns since 1970
    const i64 born_;
};

}  // namespace osprey::fs
