// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/string.hh>
#include <vfs/dentry.hh>
#include <vfs/file.hh>

namespace osprey::vfs {

/// The part of a process that path resolution depends on: root and working directory, umask.
/// Shared by threads, and by processes that were cloned with CLONE_FS.
class directory_context final : public ref_counted<directory_context> {
public:
    static result<refptr<directory_context>> create(path root, path cwd, u32 umask) noexcept;
    ~directory_context();
    result<refptr<directory_context>> copy() noexcept;
    [[nodiscard]] path root() noexcept;
    [[nodiscard]] path cwd() noexcept;
    /// @return `errc::out_of_memory`.
    result<void> set_root(path p) noexcept;
    result<void> set_cwd(path p) noexcept;
    std::atomic<u32> umask{022};

    /// Both places as one immutable object, for readers under RCU.
    struct places {
        path root, cwd;
        sync::rcu_head rcu;
    };
    [[nodiscard]] const places& read() const noexcept {
        return *places_.load(std::memory_order_acquire);
    }

private:
    friend class ref_counted<directory_context>;
    directory_context() noexcept = default;
    void publish(places* fresh) noexcept;
    sync::mutex mutex_{sync::lock_rank::descriptor};
    std::atomic<places*> places_{nullptr};
};

enum lookup_flag : u32 {
    follow_last = 1,     // follow a symbolic link in the last component
    want_directory = 2,  // the last component must be one
    no_symlinks = 4,     // openat2 RESOLVE_NO_SYMLINKS
    no_magic_links = 8,
    beneath = 16,      // RESOLVE_BENEATH
    in_root = 32,      // RESOLVE_IN_ROOT
    no_crossing = 64,  // RESOLVE_NO_XDEV
    empty_path = 128,  // AT_EMPTY_PATH: "" means the start itself
};

/// path_resolution(7). `start` is where relative names begin (the directory of an *at call); an
/// empty `path{}` means the working directory and costs least. Errors as Linux: no_entry,
/// not_directory, too_many_symlinks, name_too_long, access_denied. Context of everything here:
/// threads, may sleep.
result<path> resolve(directory_context& context, const path& start, std::string_view name,
                     u32 flags) noexcept;

/// Resolves all but the last component. `last` points into `name` ("." and ".." possible).
struct parent_and_name {
    path directory;
    std::string_view last;
    bool trailing_slash;
};
result<parent_and_name> resolve_parent(directory_context& context, const path& start,
                                       std::string_view name, u32 flags) noexcept;

// The operations of the system calls of the same names; flags as Linux's.
result<refptr<file>> open(directory_context& context, const path& start, std::string_view name,
                          u32 open_flags, u32 permissions, u32 resolve_flags = 0) noexcept;
result<refptr<file>> open_path(const path& p, u32 open_flags) noexcept;
/// A file for an object without a name (memfd, O_TMPFILE): `node` opened with `open_flags`.
result<refptr<file>> open_unnamed(refptr<vnode> node, u32 open_flags) noexcept;
result<void> make_node(directory_context& context, const path& start, std::string_view name,
                       node_type type, u32 permissions, device_number special) noexcept;
result<void> make_directory(directory_context& context, const path& start, std::string_view name,
                            u32 permissions) noexcept;
result<void> make_symlink(directory_context& context, const path& start, std::string_view name,
                          std::string_view target) noexcept;
result<void> make_link(directory_context& context, const path& old, const path& new_start,
                       std::string_view new_name) noexcept;
result<void> remove(directory_context& context, const path& start, std::string_view name,
                    bool directory) noexcept;
result<void> rename(directory_context& context, const path& old_start, std::string_view old_name,
                    const path& new_start, std::string_view new_name, u32 flags) noexcept;
result<usize> read_link(const path& p, char* to, usize room) noexcept;
result<attributes> get_attributes(const path& p) noexcept;
result<void> set_attributes(const path& p, const attribute_change& change) noexcept;
/// Absolute name of `p` seen from `root`; "(unreachable)" and " (deleted)" as Linux writes them.
result<string> name_of(const path& p, const path& root) noexcept;

// Mounts
/// `source` is told by /proc/mounts; empty: the type's name.
result<void> mount_at(const path& where, refptr<filesystem> fs, u32 flags,
                      std::string_view source = {}) noexcept;
/// umount2(2): `where` is a mount's root; MNT_FORCE 1, MNT_DETACH 2. @return `errc::busy`,
/// `errc::invalid_argument` if nothing is mounted there.
result<void> unmount(const path& where, u32 flags) noexcept;
/// mount(MS_REMOUNT): changes the flags of the mount.
result<void> remount(const path& where, u32 flags) noexcept;
/// Makes `fs` the root of the system. Once, at boot.
result<void> mount_root(refptr<filesystem> fs, u32 flags) noexcept;
path root_path() noexcept;  // of the whole system, after boot
/// In the order of mounting. `visit` may sleep.
void for_each_mount(bool (*visit)(mount&, void*), void* context) noexcept;
/// Writes back everything. sync(2).
void synchronize_all() noexcept;

/// Filesystem types that mount(2) and /proc/filesystems know.
struct filesystem_type {
    std::string_view name;
    bool needs_device;
    result<refptr<filesystem>> (*create)(std::string_view source,
                                         std::string_view options) noexcept;
    filesystem_type* next = nullptr;
};
void register_filesystem(filesystem_type& type) noexcept;
filesystem_type* find_filesystem(std::string_view name) noexcept;
void for_each_filesystem(bool (*visit)(filesystem_type&, void*), void* context) noexcept;

}  // namespace osprey::vfs
