// SPDX-License-Identifier: BSD-3-Clause
#include <trace/tracepoint.hh>
#include <vfs/mount_tree.hh>
#include <vfs/walk.hh>

namespace osprey::vfs {

namespace {

/// Takes the first component off `rest`, slashes around it included.
std::string_view next_component(std::string_view& rest) noexcept {
    usize begin = 0;
    while (begin < rest.size() && rest[begin] == '/')
        ++begin;
    usize end = begin;
    while (end < rest.size() && rest[end] != '/')
        ++end;
    std::string_view component = rest.substr(begin, end - begin);
    while (end < rest.size() && rest[end] == '/')
        ++end;
    rest.remove_prefix(end);
    return component;
}

}  // namespace

walk::cursor walk::root() const noexcept {
    if (confined_root_)
        return {confined_root_.where.get(), confined_root_.entry.get()};
    const auto& places = context_.read();
    return {places.root.where.get(), places.root.entry.get()};
}

/// "..". @return false where a confined walk would leave its root.
bool walk::parent_of(cursor& c) const noexcept {
    const cursor top = root();
    if (c.where == top.where && c.at == top.at)
        return !(flags_ & beneath);
    while (c.at == &c.where->root()) {
        const path& below = c.where->mounted_at();
        if (!below)
            return true;  // the root of the system is its own parent
        c = {below.where.get(), below.entry.get()};
        if (c.where == top.where && c.at == top.at)
            return true;
    }
    if (dentry* up = c.at->parent())
        c.at = up;
    while (mount* m = mount_tree::covering(c.where, c.at))
        c = {m, &m->root()};
    return true;
}

/// As far as the cache leads. Under RCU; `c` and `rest` end before what could not be done.
walk::stop walk::advance(cursor& c, std::string_view& rest) noexcept {
    while (!rest.empty()) {
        if (c.at->what() != dentry::kind::directory)
            return stop::not_directory;
        std::string_view after = rest;
        const std::string_view name = next_component(after);
        cursor next = c;
        if (name.empty() || name == ".") {
            rest = after;
            continue;
        }
        if (name == "..") {
            if (!parent_of(next))
                return stop::escaped;
        } else {
            dentry* found = dentry_cache::find(*c.at, name, hash_name(name));
            if (!found)
                return stop::by_hand;
            next.at = found;
            switch (found->what()) {
                case dentry::kind::negative:
                    return stop::no_entry;
                case dentry::kind::symlink:
                    if (!after.empty() || must_be_directory_ || (flags_ & follow_last))
                        return stop::by_hand;
                    break;
                default:
                    while (mount* m = mount_tree::covering(next.where, next.at))
                        next = {m, &m->root()};
            }
        }
        if (next.where != c.where && (flags_ & no_crossing))
            return stop::crossing;
        c = next;
        rest = after;
    }
    return stop::end;
}

/// Counts what a cursor points to; an empty path if it is on its way out.
path walk::hold(const cursor& c) noexcept {
    path held;
    if (c.where->try_add_ref()) {
        held.where = refptr<mount>::adopt(c.where);
        if (c.at->try_add_ref())
            held.entry = refptr<dentry>::adopt(c.at);
    }
    return held;
}

result<path> walk::run(path at, std::string_view rest) noexcept {
    for (;;) {
        path reached;
        std::string_view left = rest;
        stop why;
        const u32 generation = dentry_cache::generation();
        {
            sync::rcu_read_guard guard;
            cursor c{at.where.get(), at.entry.get()};
            if (!c.at) {  // the first round: begin where the context says, uncounted
                const auto& places = context_.read();
                const path& begin = !rest.empty() && rest[0] == '/' ? places.root : places.cwd;
                c = {begin.where.get(), begin.entry.get()};
            }
            why = advance(c, left);
            reached = hold(c);
        }
        if (reached && !(generation & 1) && dentry_cache::generation() == generation) [[likely]] {
            switch (why) {
                case stop::end:
                    return finish(std::move(reached));
                case stop::no_entry:
                    return errc::no_entry;
                case stop::not_directory:
                    return errc::not_directory;
                case stop::crossing:
                case stop::escaped:
                    return errc::cross_device;
                case stop::by_hand:
                    at = std::move(reached);
                    rest = left;
            }
        }
        TRY_VOID(step(at, rest));
        if (rest.empty())
            return finish(std::move(at));
    }
}

/// One component with references in hand. `at` may be empty in the first round.
result<void> walk::step(path& at, std::string_view& rest) noexcept {
    if (!at)
        at = !rest.empty() && rest[0] == '/' ? context_.root() : context_.cwd();
    if (rest.empty())
        return ok;
    if (at.entry->what() != dentry::kind::directory)
        return errc::not_directory;
    std::string_view after = rest;
    const std::string_view name = next_component(after);
    if (name.empty() || name == ".") {
        rest = after;
        return ok;
    }
    if (name.size() > longest_name)
        return errc::name_too_long;
    path next;
    if (name == "..") {
        sync::rcu_read_guard guard;
        cursor c{at.where.get(), at.entry.get()};
        if (!parent_of(c))
            return errc::cross_device;
        next = hold(c);
        if (!next)
            return errc::no_entry;  // its directory was removed meanwhile
    } else {
        refptr<dentry> found = dentry_cache::find_counted(*at.entry, name);
        if (!found) {
            sync::lock_guard guard{at.node()->tree_mutex};
            found = TRY(look_up_locked(*at.entry, name));
        }
        if (found->negative())
            return errc::no_entry;
        next = {at.where, std::move(found)};
        if (next.entry->what() == dentry::kind::symlink &&
            (!after.empty() || must_be_directory_ || (flags_ & follow_last))) {
            if (flags_ & no_symlinks)
                return errc::too_many_symlinks;
            if (++links_ > most_symlinks)
                return errc::too_many_symlinks;
            vnode& link = *next.node();
            if (link.magic()) {
                if (flags_ & no_magic_links)
                    return errc::too_many_symlinks;
                if (flags_ & (beneath | in_root))
                    return errc::cross_device;
                path target = TRY(link.follow());
                if ((flags_ & no_crossing) && target.where != at.where)
                    return errc::cross_device;
                at = std::move(target);
                rest = after;
                return ok;
            }
            // The text of the link, then what is left of the path, becomes the path.
            string text;
            {
                char* room = static_cast<char*>(allocate(longest_path));
                if (!room)
                    return errc::out_of_memory;
                auto length = link.read_link(room, longest_path);
                result<void> kept = length ? text.append({room, *length}) : length.error();
                deallocate(room, longest_path);
                TRY_VOID(std::move(kept));
            }
            if (text.empty())
                return errc::no_entry;
            const bool absolute = text.view()[0] == '/';
            if (!after.empty()) {
                TRY_VOID(text.push_back('/'));
                TRY_VOID(text.append(after));
            } else if (text.view().back() == '/') {
                must_be_directory_ = true;
            }
            pending_ = std::move(text);
            rest = pending_.view();
            if (absolute) {
                if (flags_ & beneath)
                    return errc::cross_device;
                at = confined_root_ ? confined_root_ : context_.root();
                if ((flags_ & no_crossing) && at.where != next.where)
                    return errc::cross_device;
            }
            return ok;
        }
        while (mount_tree::is_mount_point(*next.entry)) {
            sync::rcu_read_guard guard;
            mount* m = mount_tree::covering(next.where.get(), next.entry.get());
            path above = m ? hold({m, &m->root()}) : path{};
            if (!above)
                break;
            next = std::move(above);
        }
    }
    if ((flags_ & no_crossing) && next.where != at.where)
        return errc::cross_device;
    at = std::move(next);
    rest = after;
    return ok;
}

TRACEPOINT(vfs, vfs_lookup_slow, std::string_view name);
result<refptr<dentry>> walk::look_up_locked(dentry& directory, std::string_view name) noexcept {
    TRACE(vfs_lookup_slow, name);
    if (name.size() > longest_name)
        return errc::name_too_long;
    vnode& node = *directory.node();
    if (refptr<dentry> known = dentry_cache::find_counted(directory, name))
        return known;
    if (directory.deleted())
        return errc::no_entry;
    auto found = node.lookup(name);
    if (!found && found.error() != errc::no_entry)
        return found.error();
    refptr<dentry> entry =
        TRY(dentry_cache::make(directory, name, found ? std::move(*found) : refptr<vnode>{}));
    if (node.cacheable())
        dentry_cache::insert(*entry);
    return entry;
}

result<path> walk::finish(path at) noexcept {
    if (must_be_directory_ && at.entry->what() != dentry::kind::directory)
        return errc::not_directory;
    return at;
}

TRACEPOINT(vfs, vfs_lookup, std::string_view name);
result<path> walk::resolve(const path& start, std::string_view name) noexcept {
    TRACE(vfs_lookup, name);
    if (name.empty()) {
        if (!(flags_ & empty_path))
            return errc::no_entry;
        return start ? start : context_.cwd();
    }
    if (name.size() >= longest_path)
        return errc::name_too_long;
    const bool absolute = name[0] == '/';
    must_be_directory_ = (flags_ & want_directory) || name.back() == '/';
    if (flags_ & (beneath | in_root)) [[unlikely]] {
        if (absolute && (flags_ & beneath))
            return errc::cross_device;
        confined_root_ = start ? start : context_.cwd();
        return run(confined_root_, name);
    }
    if (absolute) {
        if ((flags_ & no_crossing)) {
            const path begin = start ? start : context_.cwd();
            if (begin.where != context_.root().where)
                return errc::cross_device;
        }
        return run({}, name);
    }
    return run(start, name);
}

result<path> resolve(directory_context& context, const path& start, std::string_view name,
                     u32 flags) noexcept {
    return walk{context, flags}.resolve(start, name);
}

result<parent_and_name> resolve_parent(directory_context& context, const path& start,
                                       std::string_view name, u32 flags) noexcept {
    if (name.empty())
        return errc::no_entry;
    if (name.size() >= longest_path)
        return errc::name_too_long;
    usize end = name.size();
    while (end > 0 && name[end - 1] == '/')
        --end;
    const bool trailing_slash = end != name.size();
    usize begin = end;
    while (begin > 0 && name[begin - 1] != '/')
        --begin;
    const std::string_view last = name.substr(begin, end - begin);
    if (last.size() > longest_name)
        return errc::name_too_long;
    flags |= want_directory;
    path directory;
    if (begin != 0)
        directory = TRY(resolve(context, start, name.substr(0, begin), flags));
    else if (start && end != 0)
        directory = start;
    else
        directory = end == 0 ? context.root() : context.cwd();
    if (!directory.node()->is_directory())
        return errc::not_directory;
    return parent_and_name{std::move(directory), last, trailing_slash};
}

}  // namespace osprey::vfs
