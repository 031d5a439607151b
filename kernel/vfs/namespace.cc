// SPDX-License-Identifier: BSD-3-Clause
// The operations that change names: mknod, mkdir, symlink, link, unlink, rmdir, rename.
#include <base/scope_exit.hh>
#include <cstring>
#include <trace/tracepoint.hh>
#include <vfs/mount_tree.hh>
#include <vfs/walk.hh>
#include <vfs/watch.hh>

namespace osprey::vfs {

namespace {

bool is_dots(std::string_view name) noexcept {
    return name == "." || name == "..";
}

result<void> check_writable(const path& p) noexcept {
    return p.where->flags() & mount_read_only ? result<void>{errc::read_only} : ok;
}

/// Finds where a new name goes and calls `make` for the vnode with the directory locked.
template <typename Make>
result<void> add_name(directory_context& context, const path& start, std::string_view name,
                      bool is_directory, Make&& make) noexcept {
    auto [directory, last, slash] = TRY(resolve_parent(context, start, name, 0));
    if (last.empty() || is_dots(last))
        return errc::exists;
    vnode& node = *directory.node();
    sync::lock_guard guard{node.tree_mutex};
    refptr<dentry> entry = TRY(walk::look_up_locked(*directory.entry, last));
    if (!entry->negative())
        return errc::exists;
    if (slash && !is_directory)
        return errc::no_entry;
    if (directory.entry->deleted())
        return errc::no_entry;
    TRY_VOID(check_writable(directory));
    refptr<vnode> fresh = TRY(make(node, last));
    const bool folder = fresh->is_directory();
    dentry_cache::set_node(*entry, std::move(fresh));
    if (anybody_watches()) [[unlikely]]
        tell_entry(node, {.what = entry_created | (folder ? u32{of_directory} : 0u), .name = last});
    return ok;
}

/// A name was removed: `entry` is the caller's only reference to what it was.
void tell_removed(vnode& directory, std::string_view name, dentry& entry) noexcept {
    vnode& victim = *entry.node();
    const bool folder = victim.is_directory();
    if (!folder)
        tell_node(victim, attributes_changed);  // the number of links
    if (entry.reference_count() == 1 && dentry_cache::was_last_name(victim))
        tell_gone(victim);
    tell_entry(directory,
               {.what = entry_deleted | (folder ? u32{of_directory} : 0u), .name = name});
}

/// One object got a new name (rename(2)); `replaced` lost its name by that, or is null.
void tell_moved(vnode& from, std::string_view old_name, vnode& to, std::string_view new_name,
                vnode& moved, vnode* replaced) noexcept {
    const u32 kind = moved.is_directory() ? u32{of_directory} : 0u, cookie = new_cookie();
    tell_entry(from, {.what = entry_moved_from | kind, .name = old_name, .cookie = cookie});
    tell_entry(to, {.what = entry_moved_to | kind, .name = new_name, .cookie = cookie});
    if (replaced)
        tell_node(*replaced, attributes_changed);
    tell_node(moved, self_moved);
}

}  // namespace

TRACEPOINT(vfs, vfs_mknod, std::string_view name, u32 permissions);
result<void> make_node(directory_context& context, const path& start, std::string_view name,
                       node_type type, u32 permissions, device_number special) noexcept {
    TRACE(vfs_mknod, name, permissions);
    permissions &= ~context.umask.load(std::memory_order_relaxed);
    return add_name(context, start, name, false, [&](vnode& directory, std::string_view last) {
        return directory.create(last, type, permissions, special);
    });
}

TRACEPOINT(vfs, vfs_mkdir, std::string_view name, u32 permissions);
result<void> make_directory(directory_context& context, const path& start, std::string_view name,
                            u32 permissions) noexcept {
    TRACE(vfs_mkdir, name, permissions);
    permissions &= ~context.umask.load(std::memory_order_relaxed) & 01777;
    return add_name(context, start, name, true, [&](vnode& directory, std::string_view last) {
        return directory.create(last, node_type::directory, permissions, {});
    });
}

TRACEPOINT(vfs, vfs_symlink, std::string_view name, std::string_view target);
result<void> make_symlink(directory_context& context, const path& start, std::string_view name,
                          std::string_view target) noexcept {
    TRACE(vfs_symlink, name, target);
    if (target.empty())
        return errc::no_entry;
    if (target.size() >= longest_path)
        return errc::name_too_long;
    return add_name(context, start, name, false, [&](vnode& directory, std::string_view last) {
        return directory.symlink(last, target);
    });
}

TRACEPOINT(vfs, vfs_link, std::string_view name);
result<void> make_link(directory_context& context, const path& old, const path& new_start,
                       std::string_view new_name) noexcept {
    TRACE(vfs_link, new_name);
    if (old.node()->is_directory())
        return errc::not_permitted;
    return add_name(context, new_start, new_name, false,
                    [&](vnode& directory, std::string_view last) -> result<refptr<vnode>> {
                        if (&directory.owner() != &old.node()->owner())
                            return errc::cross_device;
                        TRY_VOID(directory.link(last, *old.node()));
                        if (anybody_watches()) [[unlikely]]
                            tell_node(*old.node(), attributes_changed);
                        return refptr<vnode>{old.node()};
                    });
}

TRACEPOINT(vfs, vfs_unlink, std::string_view name, bool directory);
result<void> remove(directory_context& context, const path& start, std::string_view name,
                    bool directory) noexcept {
    TRACE(vfs_unlink, name, directory);
    auto [parent, last, slash] = TRY(resolve_parent(context, start, name, 0));
    if (directory && last == ".")
        return errc::invalid_argument;
    if (directory && last == "..")
        return errc::not_empty;
    if (last.empty() || is_dots(last))
        return directory ? errc::busy : errc::is_directory;
    vnode& node = *parent.node();
    refptr<dentry> entry;
    {
        sync::lock_guard guard{node.tree_mutex};
        entry = TRY(walk::look_up_locked(*parent.entry, last));
        if (entry->negative())
            return errc::no_entry;
        vnode& victim = *entry->node();
        if (directory != victim.is_directory())
            return directory ? errc::not_directory : errc::is_directory;
        if (slash && !directory)
            return errc::not_directory;
        TRY_VOID(check_writable(parent));
        if (mount_tree::is_mount_point(*entry))
            return errc::busy;
        if (directory) {
            // Whoever adds a name below holds the victim's lock and looks at `deleted` first.
            sync::lock_guard inner{victim.tree_mutex};
            TRY_VOID(node.remove_directory(last, victim));
            dentry_cache::remove(*entry);
        } else {
            TRY_VOID(node.unlink(last, victim));
            dentry_cache::remove(*entry);
        }
        if (anybody_watches()) [[unlikely]]
            tell_removed(node, last, *entry);
    }
    return ok;  // the last reference may go here, without the directory's lock
}

namespace {

constexpr u32 rename_no_replace = 1, rename_exchange = 2, rename_whiteout = 4;

/// Directories change places one at a time, so that no two renames can build a loop together.
constinit sync::mutex moving_directories{sync::lock_rank::none};

bool is_below(const dentry* d, const dentry* top) noexcept {
    for (; d; d = d->parent())
        if (d == top)
            return true;
    return false;
}

/// The directories of a rename locked: an ancestor before what is below it (as rmdir does), else
/// the lower address first. Only one thread at a time locks two that are not on one line.
class directory_pair {
public:
    directory_pair(const dentry& a, const dentry& b) noexcept
        : first_{*a.node()}, second_{*b.node()}, swapped_{comes_after(a, b)} {
        (swapped_ ? second_ : first_).tree_mutex.lock();
        if (&first_ != &second_)
            (swapped_ ? first_ : second_).tree_mutex.lock();
    }
    ~directory_pair() {
        if (&first_ != &second_)
            second_.tree_mutex.unlock();
        first_.tree_mutex.unlock();
    }

private:
    static bool comes_after(const dentry& a, const dentry& b) noexcept {
        if (is_below(&a, &b))
            return true;
        return !is_below(&b, &a) && a.node() > b.node();
    }
    vnode& first_;
    vnode& second_;
    bool swapped_;
};

}  // namespace

TRACEPOINT(vfs, vfs_rename, std::string_view name, std::string_view new_name, u32 flags);
result<void> rename(directory_context& context, const path& old_start, std::string_view old_name,
                    const path& new_start, std::string_view new_name, u32 flags) noexcept {
    TRACE(vfs_rename, old_name, new_name, flags);
    if (flags & ~(rename_no_replace | rename_exchange))
        return errc::invalid_argument;  // RENAME_WHITEOUT: no filesystem here has it
    if (flags == (rename_no_replace | rename_exchange))
        return errc::invalid_argument;
    auto [from, old_last, old_slash] = TRY(resolve_parent(context, old_start, old_name, 0));
    auto [to, new_last, new_slash] = TRY(resolve_parent(context, new_start, new_name, 0));
    if (from.where != to.where)
        return errc::cross_device;
    if (old_last.empty() || is_dots(old_last) || new_last.empty() || is_dots(new_last))
        return flags & rename_no_replace ? errc::exists : errc::busy;
    TRY_VOID(check_writable(from));
    vnode& from_node = *from.node();
    vnode& to_node = *to.node();
    if (&from_node.owner() != &to_node.owner())
        return errc::cross_device;

    refptr<dentry> moved, victim;  // outlive the locks
    const bool across = &from_node != &to_node;
    if (across)
        moving_directories.lock();
    scope_exit unlock{[&] {
        if (across)
            moving_directories.unlock();
    }};
    directory_pair locked{*from.entry, *to.entry};
    moved = TRY(walk::look_up_locked(*from.entry, old_last));
    if (moved->negative())
        return errc::no_entry;
    vnode& node = *moved->node();
    if ((old_slash || new_slash) && !node.is_directory() && !(flags & rename_exchange))
        return errc::not_directory;
    if (node.is_directory() && is_below(to.entry.get(), moved.get()))
        return errc::invalid_argument;
    victim = TRY(walk::look_up_locked(*to.entry, new_last));
    vnode* replaced = victim->node();
    if (to.entry->deleted())
        return errc::no_entry;
    if (replaced) {
        if (flags & rename_no_replace)
            return errc::exists;
        if (replaced == &node)
            return ok;  // two names of one file: nothing happens (rename(2))
        if (replaced->is_directory() && is_below(from.entry.get(), victim.get()))
            return flags & rename_exchange ? errc::invalid_argument : errc::not_empty;
        if (!(flags & rename_exchange)) {
            if (node.is_directory() && !replaced->is_directory())
                return errc::not_directory;
            if (!node.is_directory() && replaced->is_directory())
                return errc::is_directory;
        }
    } else if (flags & rename_exchange) {
        return errc::no_entry;
    }
    if (mount_tree::is_mount_point(*moved) || mount_tree::is_mount_point(*victim))
        return errc::busy;
    const bool replaces_directory =
        replaced && replaced->is_directory() && !(flags & rename_exchange);
    if (replaces_directory)
        replaced->tree_mutex.lock();
    auto done = from_node.rename(old_last, node, to_node, new_last, replaced, flags);
    if (done && !(flags & rename_exchange))
        dentry_cache::remove(*victim);
    if (replaces_directory)
        replaced->tree_mutex.unlock();
    TRY_VOID(std::move(done));
    if (anybody_watches()) [[unlikely]] {
        const bool exchange = flags & rename_exchange;
        tell_moved(from_node, old_last, to_node, new_last, node, exchange ? nullptr : replaced);
        if (exchange)
            tell_moved(to_node, new_last, from_node, old_last, *replaced, nullptr);
    }
    if (flags & rename_exchange) {
        dentry_cache::exchange(*moved, *victim);
        return ok;
    }
    if (!dentry_cache::move(*moved, *to.entry, new_last))
        dentry_cache::forget(*moved);  // no memory: the filesystem is right, look it up again
    return ok;
}

TRACEPOINT(vfs, vfs_readlink, u64 inode);
result<usize> read_link(const path& p, char* to, usize room) noexcept {
    TRACE(vfs_readlink, p.node()->inode());
    vnode* node = p.node();
    if (!node || node->type() != node_type::symlink)
        return errc::invalid_argument;
    return node->read_link(to, room);
}

TRACEPOINT(vfs, vfs_stat, u64 inode);
result<attributes> get_attributes(const path& p) noexcept {
    TRACE(vfs_stat, p.node()->inode());
    vnode& node = *p.node();
    result<attributes> a = node.get_attributes();
    if (a)
        a->device = node.owner().device();
    return a;
}

namespace {

/// What a change of attributes is for watches (as fsnotify_change of Linux has it).
u32 happening_of(u32 which) noexcept {
    using c = attribute_change;
    u32 what = which & (c::permissions | c::uid | c::gid) ? u32{attributes_changed} : 0u;
    if (which & c::size)
        what |= was_written;
    switch (which & (c::accessed | c::modified)) {
        case c::accessed | c::modified:
            return what | attributes_changed;  // utimes(2)
        case c::accessed:
            return what | was_read;
        case c::modified:
            return what | was_written;
        default:
            return what;
    }
}

result<void> change_attributes(vnode& node, const attribute_change& change) noexcept {
    if (!(change.which & attribute_change::size))
        return node.set_attributes(change);
    if (node.is_directory())
        return errc::is_directory;
    if (node.type() != node_type::regular)
        return errc::invalid_argument;
    sync::lock_guard guard{node.tree_mutex};
    return node.set_attributes(change);
}

}  // namespace

TRACEPOINT(vfs, vfs_setattr, u64 inode, u32 which);
result<void> set_attributes(const path& p, const attribute_change& change) noexcept {
    TRACE(vfs_setattr, p.node()->inode(), static_cast<u32>(change.which));
    TRY_VOID(check_writable(p));
    TRY_VOID(change_attributes(*p.node(), change));
    if (anybody_watches()) [[unlikely]]
        tell_place(p, happening_of(change.which));
    return ok;
}

TRACEPOINT(vfs, vfs_getcwd, u64 inode);
result<string> name_of(const path& p, const path& root) noexcept {
    TRACE(vfs_getcwd, p.node() ? p.node()->inode() : 0);
    for (;;) {
        const u32 generation = dentry_cache::generation();
        // Built from the end: the names are collected first, since appending may sleep.
        string reversed, name;
        char piece[longest_name + 1];
        const mount* where = p.where.get();
        const dentry* at = p.entry.get();
        bool reachable = true;
        while (!(root && at == root.entry.get() && where == root.where.get())) {
            usize size = 0;
            {
                sync::rcu_read_guard guard;
                while (at == &where->root() && where->mounted_at()) {
                    const path& below = where->mounted_at();
                    where = below.where.get();
                    at = below.entry.get();
                    if (root && at == root.entry.get() && where == root.where.get())
                        break;
                }
                if (root && at == root.entry.get() && where == root.where.get())
                    break;
                const dentry* up = at->parent();
                if (!up) {  // the root of the system, or of a mount that was taken away
                    reachable = !root || (where == root.where.get() && at == root.entry.get());
                    break;
                }
                const std::string_view text = at->name();
                size = text.size();
                std::memcpy(piece, text.data(), size);
                at = up;
            }
            for (usize i = size; i-- > 0;)
                TRY_VOID(reversed.push_back(piece[i]));
            TRY_VOID(reversed.push_back('/'));
        }
        if (dentry_cache::generation() != generation || (generation & 1))
            continue;
        if (!reachable)
            TRY_VOID(name.append("(unreachable)"));
        if (reversed.empty())
            TRY_VOID(name.push_back('/'));
        for (usize i = reversed.size(); i-- > 0;)
            TRY_VOID(name.push_back(reversed.view()[i]));
        if (p.entry->deleted())
            TRY_VOID(name.append(" (deleted)"));
        return name;
    }
}

}  // namespace osprey::vfs
