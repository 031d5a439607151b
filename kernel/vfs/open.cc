// SPDX-License-Identifier: BSD-3-Clause
#include <trace/tracepoint.hh>
#include <vfs/walk.hh>
#include <vfs/watch.hh>

namespace osprey::vfs {

namespace {

constexpr u32 tmpfile_bit = o_tmpfile & ~o_directory;

/// What O_PATH gives: a place, nothing that could be read or written.
class place_file final : public file {
public:
    explicit place_file(refptr<vnode> node, u32 flags) noexcept : file{std::move(node), flags} {}
    result<usize> read(io_buffer&) noexcept override { return errc::bad_descriptor; }
    result<usize> write(io_buffer&) noexcept override { return errc::bad_descriptor; }
    result<usize> read_at(io_buffer&, u64) noexcept override { return errc::bad_descriptor; }
    result<usize> write_at(io_buffer&, u64) noexcept override { return errc::bad_descriptor; }
    result<u64> seek(i64, int) noexcept override { return errc::bad_descriptor; }
    u32 poll(poll_registration*) noexcept override { return poll_nval; }
    [[nodiscard]] bool pollable() const noexcept override { return false; }
    result<u64> ioctl(u32, u64) noexcept override { return errc::bad_descriptor; }
    result<void> truncate(u64) noexcept override { return errc::bad_descriptor; }
    result<void> synchronize(bool) noexcept override { return errc::bad_descriptor; }
    result<void> allocate_space(u32, u64, u64) noexcept override { return errc::bad_descriptor; }
    result<void> read_directory(directory_sink&) noexcept override { return errc::bad_descriptor; }
    result<refptr<memory::vm_object>> mapping(bool, bool) noexcept override {
        return errc::bad_descriptor;
    }
};

bool wants_write(u32 flags) noexcept {
    return (flags & o_accmode) != o_rdonly || (flags & o_trunc);
}

TRACEPOINT(vfs, vfs_open_node, u64 inode, trace::address flags);
/// `fresh`: it was just created, so there is nothing to truncate.
result<refptr<file>> open_node(const path& p, u32 flags, bool fresh) noexcept {
    TRACE(vfs_open_node, p.node()->inode(), flags);
    vnode* node = p.node();
    if (!node)
        return errc::no_entry;
    switch (node->type()) {
        case node_type::directory:
            if (wants_write(flags) || (flags & o_creat))
                return errc::is_directory;
            break;
        case node_type::symlink:
            return flags & o_directory ? errc::not_directory : errc::too_many_symlinks;
        default:
            if (flags & o_directory)
                return errc::not_directory;
            if (node->type() == node_type::regular && wants_write(flags) &&
                (p.where->flags() & mount_read_only))
                return errc::read_only;
    }
    refptr<file> f = TRY(node->open(flags));
    if ((flags & o_trunc) && !fresh && node->type() == node_type::regular) {
        attribute_change change;
        change.which = attribute_change::size;
        {
            sync::lock_guard guard{node->tree_mutex};
            TRY_VOID(node->set_attributes(change));
        }
        if (anybody_watches()) [[unlikely]]
            tell_place(p, was_written);
    }
    if (p.has_name())
        f->opened_as = p;
    tell_file(*f, was_opened);
    return f;
}

/// The last component of an O_CREAT: opens what is there or makes a regular file.
/// `errc::again` (never seen by callers): there is a symbolic link to follow, in `link`.
result<refptr<file>> create_or_open(directory_context& context, const parent_and_name& where,
                                    u32 flags, u32 permissions, path& link) noexcept {
    vnode& directory = *where.directory.node();
    path p{where.directory.where, {}};
    bool created = false;
    {
        sync::lock_guard guard{directory.tree_mutex};
        p.entry = TRY(walk::look_up_locked(*where.directory.entry, where.last));
        if (p.entry->negative()) {
            if (where.directory.entry->deleted())
                return errc::no_entry;
            if (where.directory.where->flags() & mount_read_only)
                return errc::read_only;
            permissions &= ~context.umask.load(std::memory_order_relaxed) & 07777;
            dentry_cache::set_node(
                *p.entry, TRY(directory.create(where.last, node_type::regular, permissions, {})));
            created = true;
            if (anybody_watches()) [[unlikely]]
                tell_entry(directory, {.what = entry_created, .name = where.last});
        } else if (flags & o_excl) {
            return errc::exists;
        }
    }
    if (!created && p.entry->what() == dentry::kind::symlink && !(flags & o_nofollow)) {
        link = std::move(p);
        return errc::again;
    }
    return open_node(p, flags, created);
}

result<refptr<file>> open_tmpfile(directory_context& context, const path& directory, u32 flags,
                                  u32 permissions) noexcept {
    if ((flags & o_accmode) == o_rdonly)
        return errc::invalid_argument;
    if (!directory.node()->is_directory())
        return errc::not_directory;
    if (directory.where->flags() & mount_read_only)
        return errc::read_only;
    permissions &= ~context.umask.load(std::memory_order_relaxed) & 07777;
    refptr<vnode> node = TRY(directory.node()->create_unnamed(permissions));
    fixed_text<32> name;  // as Linux shows it: "/tmp/#1234 (deleted)"
    format_to(name, "#{}", node->inode());
    path p{directory.where,
           TRY(dentry_cache::make_deleted(*directory.entry, name.view(), std::move(node)))};
    return open_node(p, flags & ~(o_tmpfile | o_creat | o_trunc), true);
}

}  // namespace

result<refptr<file>> open_path(const path& p, u32 flags) noexcept {
    if (flags & o_path) {
        if (!p.node())
            return errc::no_entry;
        if ((flags & o_directory) && !p.node()->is_directory())
            return errc::not_directory;
        refptr<file> f = TRY(make_ref<place_file>(refptr<vnode>{p.node()},
                                                  flags & (o_path | o_directory | o_nofollow)));
        if (p.has_name())
            f->opened_as = p;
        return f;
    }
    return open_node(p, flags & ~o_creat, false);
}

result<refptr<file>> open_unnamed(refptr<vnode> node, u32 flags) noexcept {
    return node->open(flags);
}

namespace {

result<refptr<file>> find_and_open(directory_context& context, const path& start,
                                   std::string_view name, u32 flags, u32 permissions,
                                   u32 resolve_flags) noexcept {
    if (flags & o_path)
        flags &= o_path | o_directory | o_nofollow | o_cloexec;
    u32 walk_flags = resolve_flags;
    if (!(flags & o_nofollow) && (flags & (o_creat | o_excl)) != (o_creat | o_excl))
        walk_flags |= follow_last;
    if (flags & tmpfile_bit) {
        if ((flags & o_tmpfile) != o_tmpfile || (flags & o_creat))
            return errc::invalid_argument;
        const path directory = TRY(resolve(context, start, name, walk_flags | want_directory));
        return open_tmpfile(context, directory, flags, permissions);
    }
    if ((flags & (o_creat | o_directory)) == (o_creat | o_directory))
        return errc::invalid_argument;

    // What exists is found without a lock, O_CREAT or not.
    walk way{context, walk_flags | (flags & o_directory ? want_directory : 0u)};
    auto found = way.resolve(start, name);
    if (found) {
        if ((flags & (o_creat | o_excl)) == (o_creat | o_excl))
            return errc::exists;
        return flags & o_path ? open_path(*found, flags) : open_node(*found, flags, false);
    }
    // O_CREAT never makes or opens a directory: what a trailing slash follows is one (EISDIR).
    const bool slash = found.error() == errc::not_directory && name.ends_with('/');
    if (!(flags & o_creat) || (found.error() != errc::no_entry && !slash))
        return found.error();

    parent_and_name where =
        TRY(resolve_parent(context, start, name, resolve_flags & ~u32{empty_path}));
    if (where.trailing_slash || where.last.empty() || where.last == "." || where.last == "..")
        return errc::is_directory;
    string text;  // keeps `where.last` alive while links are followed
    for (unsigned links = 0;; ++links) {
        path link;
        auto f = create_or_open(context, where, flags, permissions, link);
        if (f || f.error() != errc::again || !link)
            return f;
        if (links == most_symlinks || (resolve_flags & no_symlinks))
            return errc::too_many_symlinks;
        string target;
        {
            char* room = static_cast<char*>(allocate(longest_path));
            if (!room)
                return errc::out_of_memory;
            auto length = link.node()->read_link(room, longest_path);
            result<void> kept = length ? target.append({room, *length}) : length.error();
            deallocate(room, longest_path);
            TRY_VOID(std::move(kept));
        }
        text = std::move(target);
        where = TRY(resolve_parent(context, where.directory, text.view(), resolve_flags));
        if (where.trailing_slash || where.last.empty() || where.last == "." || where.last == "..")
            return errc::is_directory;
    }
}

}  // namespace

TRACEPOINT(vfs, vfs_open, std::string_view name, trace::address flags, u32 permissions);
TRACEPOINT(vfs, vfs_open_ret, trace::address file);
TRACEPOINT(vfs, vfs_open_err, i32 error);
result<refptr<file>> open(directory_context& context, const path& start, std::string_view name,
                          u32 flags, u32 permissions, u32 resolve_flags) noexcept {
    TRACE(vfs_open, name, flags, permissions);
    auto opened = find_and_open(context, start, name, flags, permissions, resolve_flags);
    if (opened)
        TRACE(vfs_open_ret, opened->get());
    else
        TRACE(vfs_open_err, static_cast<i32>(opened.error()));
    return opened;
}

}  // namespace osprey::vfs
