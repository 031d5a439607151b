// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vfs/lookup.hh>

/// Who wants to know what happens to files: the ground under inotify(7). Each watch hangs on one
/// vnode; whoever changes a file or a directory tells it here.
///
/// While nobody watches anything, telling costs one load.
namespace osprey::vfs {

/// What happened, in the bits of inotify(7).
enum happening : u32 {
    was_read = 0x1,
    was_written = 0x2,
    attributes_changed = 0x4,
    closed_written = 0x8,
    closed_unwritten = 0x10,
    was_opened = 0x20,
    entry_moved_from = 0x40,
    entry_moved_to = 0x80,
    entry_created = 0x100,
    entry_deleted = 0x200,
    self_deleted = 0x400,
    self_moved = 0x800,
    filesystem_unmounted = 0x2000,
    of_directory = 0x40000000,  // the object is a directory
};

/// One thing that happened.
struct change {
    u32 what;
    std::string_view name{};  // of the entry, for watches of its directory
    u32 cookie = 0;           // the same for both ends of a rename
    bool name_gone = false;   // the entry has lost its name
};

/// A watch of one vnode. Its owner keeps a reference on it while it is attached.
class node_watch : public ref_counted<node_watch> {
public:
    virtual ~node_watch() = default;
    /// Context: threads, often with locks of directories held: may not touch files or watches.
    /// @return false: it has seen enough and is to be detached.
    virtual bool happened(const change& c) noexcept = 0;
    /// The vnode is gone for good: nothing will happen any more. Afterwards it is detached.
    virtual void node_gone() noexcept = 0;

    [[nodiscard]] vnode* node() const noexcept { return node_.get(); }

private:
    friend struct watch_list;
    refptr<filesystem> filesystem_;  // outlives its vnode
    refptr<vnode> node_;
    list_hook node_hook_, all_hook_;
    bool attached_ = false;
};

/// Attaches `w` to the vnode of `p`. @return `errc::out_of_memory`.
result<void> attach_watch(node_watch& w, const path& p) noexcept;
/// Harmless if it is not attached (any more). @return whether it was.
bool detach_watch(node_watch& w) noexcept;

extern constinit std::atomic<u32> watch_count;
/// Is anything watched in the system?
inline bool anybody_watches() noexcept {
    return watch_count.load(std::memory_order_relaxed) != 0;
}

/// Tells watches of `n` itself.
void tell_node(vnode& n, u32 what) noexcept;
/// Tells watches of a directory about an entry.
void tell_entry(vnode& directory, const change& c) noexcept;
/// Tells watches of the directory that `p` is in, and of its vnode.
void tell_place(const path& p, u32 what) noexcept;
/// The same for an open file, which may have no place.
inline void tell_file(const file& f, u32 what) noexcept {
    if (anybody_watches() && f.opened_as) [[unlikely]]
        tell_place(f.opened_as, what);
}
/// The last name of an object is gone, and nobody uses it any more: `node_gone` for its watches.
void tell_gone(vnode& n) noexcept;
/// `fs` is not mounted any more.
void tell_unmounted(const filesystem& fs) noexcept;
/// A number that joins the two ends of a rename.
u32 new_cookie() noexcept;

}  // namespace osprey::vfs
