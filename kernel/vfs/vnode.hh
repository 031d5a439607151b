// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/refptr.hh>
#include <memory/vm_object.hh>
#include <string_view>
#include <sync/mutex.hh>
#include <vfs/attributes.hh>

namespace osprey::vfs {

class file;
class filesystem;
struct lock_list;

/// Receives directory entries. @return false when the caller has no room for this one.
class directory_sink {
public:
    virtual bool add(std::string_view name, u64 inode, node_type type,
                     u64 next_cookie) noexcept = 0;

protected:
    ~directory_sink() = default;
};

/// A file, directory or other object of a filesystem, independent of its names.
///
/// Filesystems derive from it and override what they support; the defaults answer with the errno
/// that Linux gives for objects that cannot do it. Names are single components, never empty, never
/// "." or "..". The VFS calls namespace operations with the directory's `tree_mutex` held.
/// Context of all operations: threads, may sleep.
class vnode : public ref_counted<vnode> {
public:
    vnode(filesystem& fs, node_type type, u64 inode) noexcept
        : filesystem_{fs}, type_{type}, inode_{inode} {}
    virtual ~vnode();

    [[nodiscard]] node_type type() const noexcept { return type_; }
    [[nodiscard]] u64 inode() const noexcept { return inode_; }
    [[nodiscard]] filesystem& owner() const noexcept { return filesystem_; }
    [[nodiscard]] bool is_directory() const noexcept { return type_ == node_type::directory; }

    virtual result<attributes> get_attributes() noexcept = 0;
    virtual result<void> set_attributes(const attribute_change& change) noexcept;

    /// An open file description for this object. `flags`: O_* of Linux.
    virtual result<refptr<file>> open(u32 flags) noexcept;
    /// The pages of a regular file, shared by read, write and mmap; null if it has none.
    virtual memory::vm_object* pages() noexcept { return nullptr; }

    // Directories
    virtual result<refptr<vnode>> lookup(std::string_view name) noexcept;
    virtual result<refptr<vnode>> create(std::string_view name, node_type type, u32 permissions,
                                         device_number special) noexcept;
    virtual result<refptr<vnode>> symlink(std::string_view name, std::string_view target) noexcept;
    virtual result<void> link(std::string_view name, vnode& target) noexcept;
    virtual result<void> unlink(std::string_view name, vnode& victim) noexcept;
    virtual result<void> remove_directory(std::string_view name, vnode& victim) noexcept;
    /// `flags`: RENAME_NOREPLACE, RENAME_EXCHANGE. `victim` is what `new_name` is now, or null.
    virtual result<void> rename(std::string_view old_name, vnode& moved, vnode& new_directory,
                                std::string_view new_name, vnode* victim, u32 flags) noexcept;
    /// Entries from `cookie` on (0: the start, "." and ".." included by the filesystem or not at
    /// all: the VFS adds them). Stops when the sink is full.
    virtual result<void> read_directory(u64 cookie, directory_sink& sink) noexcept;

    // Symbolic links. Magic links (/proc/self/exe) also answer `follow` with the target itself.
    virtual result<usize> read_link(char* to, usize room) noexcept;

    // Extended attributes
    virtual result<usize> get_xattr(std::string_view name, void* to, usize room) noexcept;
    virtual result<void> set_xattr(std::string_view name, const void* from, usize bytes,
                                   u32 flags) noexcept;
    virtual result<usize> list_xattr(char* to, usize room) noexcept;
    virtual result<void> remove_xattr(std::string_view name) noexcept;

    /// May the name cache keep answers of `lookup` (also negative ones)? procfs says no.
    [[nodiscard]] virtual bool cacheable() const noexcept { return true; }

    sync::mutex tree_mutex{sync::lock_rank::vnode};  // guards a directory's entries
    std::atomic<lock_list*> locks{nullptr};          // flock and fcntl locks, made on first use

private:
    filesystem& filesystem_;
    const node_type type_;
    const u64 inode_;
};

/// A mounted filesystem instance (the superblock of other systems).
class filesystem : public ref_counted<filesystem> {
public:
    virtual ~filesystem() = default;
    [[nodiscard]] virtual std::string_view type_name() const noexcept = 0;  // "erofs", "proc"…
    [[nodiscard]] virtual refptr<vnode> root() noexcept = 0;
    virtual result<filesystem_statistics> get_statistics() noexcept = 0;
    virtual result<void> synchronize() noexcept { return ok; }
    [[nodiscard]] device_number device() const noexcept { return device_; }

protected:
    filesystem() noexcept;  // takes the next anonymous device number

private:
    device_number device_;
};

}  // namespace osprey::vfs
