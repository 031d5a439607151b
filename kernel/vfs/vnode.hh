// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/heap.hh>
#include <base/refptr.hh>
#include <memory/vm_object.hh>
#include <string_view>
#include <sync/mutex.hh>
#include <vfs/attributes.hh>

namespace osprey::vfs {

class file;
class filesystem;
class lock_list;
struct path;
struct watch_list;
/// The end of a vnode's list of watches, which is empty then (vfs/watch.hh).
void free_watches(watch_list* list) noexcept;

/// What another layer hangs onto a vnode for its lifetime: the pipe behind a FIFO, the socket bound
/// to a name.
class vnode_attachment {
public:
    virtual ~vnode_attachment() = default;
};

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

    /// An open file description for this object. `flags`: O_* of Linux. The default serves regular
    /// files that have `pages`, directories, FIFOs and device nodes.
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
    /// An unnamed regular file for O_TMPFILE; `link` may name it later.
    virtual result<refptr<vnode>> create_unnamed(u32 permissions) noexcept;
    /// Entries from `cookie` on (0: the start). "." and ".." may be left out: the VFS gives them.
    /// Stops when the sink is full. Called without `tree_mutex`; concurrent changes may or may not
    /// be seen, but entries that exist all the time appear exactly once.
    virtual result<void> read_directory(u64 cookie, directory_sink& sink) noexcept;

    // Symbolic links
    virtual result<usize> read_link(char* to, usize room) noexcept;
    /// Magic links (/proc/self/exe, /proc/self/fd/3) lead to a place, not to a text.
    [[nodiscard]] virtual bool magic() const noexcept { return false; }
    virtual result<path> follow() noexcept;

    // Extended attributes
    virtual result<usize> get_xattr(std::string_view name, void* to, usize room) noexcept;
    virtual result<void> set_xattr(std::string_view name, const void* from, usize bytes,
                                   u32 flags) noexcept;
    virtual result<usize> list_xattr(char* to, usize room) noexcept;
    virtual result<void> remove_xattr(std::string_view name) noexcept;

    /// May the name cache keep answers of `lookup` (also negative ones)? procfs says no.
    [[nodiscard]] virtual bool cacheable() const noexcept { return true; }

    /// Data was written through `pages`: modification time and what else depends on it.
    virtual void wrote() noexcept {}
    /// Before a write of `bytes` at `offset`: is there space? @return `errc::no_space`.
    virtual result<void> reserve(u64 offset, u64 bytes) noexcept;
    /// Is page `index` a hole? lseek(SEEK_HOLE). Filesystems that do not know say no.
    [[nodiscard]] virtual bool is_hole(u64 index) noexcept;

    /// Directories: guards the entries. Regular files: one appending writer or truncation at a
    /// time. Without a rank, since rename takes two (in the order of their addresses).
    sync::mutex tree_mutex;
    std::atomic<lock_list*> locks{nullptr};  // flock and fcntl locks, made on first use
    std::atomic<vnode_attachment*> attachment{nullptr};
    std::atomic<watch_list*> watches{nullptr};  // made with the first watch
    /// Gives it to the vnode unless another came first. @return the one that is there now.
    vnode_attachment* attach(unique_ptr<vnode_attachment> fresh) noexcept;

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
