// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/intrusive_tree.hh>
#include <base/string.hh>
#include <base/vector.hh>
#include <vfs/vnode.hh>

namespace osprey::fs {

class ram_node;

/// Files in memory: tmpfs(5), and the writable layer of the root.
class ram_filesystem final : public vfs::filesystem {
public:
    struct options {
        u64 size_limit = 0;  // bytes; 0: half of the memory
        u32 root_permissions = 01777;
        u32 uid = 0, gid = 0;
        u64 first_inode = 1;
        std::string_view type = "tmpfs";  // must outlive the filesystem
    };
    static result<refptr<ram_filesystem>> create(const options& how) noexcept;
    /// From mount(2) data: "size=16m,mode=755,uid=…". @return `errc::invalid_argument`.
    static result<options> parse(std::string_view text) noexcept;
    ~ram_filesystem() override;

    [[nodiscard]] std::string_view type_name() const noexcept override { return type_; }
    [[nodiscard]] refptr<vfs::vnode> root() noexcept override;
    result<vfs::filesystem_statistics> get_statistics() noexcept override;
    [[nodiscard]] ram_node& top() noexcept { return *root_; }

    result<refptr<ram_node>> make_node(vfs::node_type type, u32 permissions) noexcept;

private:
    friend class ram_node;
    friend result<refptr<ram_filesystem>> make_ref<ram_filesystem>(const options&) noexcept;
    explicit ram_filesystem(const options& how) noexcept;
    std::string_view type_;
    const u64 limit_pages_;
    std::atomic<u64> used_pages_{0}, files_{0}, next_inode_;
    refptr<ram_node> root_;
};

/// Registers "tmpfs" and "ramfs" for mount(2).
void register_ram_filesystem() noexcept;

}  // namespace osprey::fs
