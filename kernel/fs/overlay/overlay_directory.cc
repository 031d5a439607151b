// SPDX-License-Identifier: BSD-3-Clause
#include <fs/overlay/overlay_node.hh>
#include <vfs/file.hh>

namespace osprey::fs {

namespace {

constexpr u64 upper_cookies = u64{1} << 62;  // the lower directory's entries come first

bool is_dots(std::string_view name) noexcept {
    return name == "." || name == "..";
}

/// What the upper directory has under a name: nothing, a whiteout, or a node.
refptr<ram_node> look_above(ram_node* directory, std::string_view name) noexcept {
    if (!directory)
        return {};
    auto found = directory->lookup(name);
    if (!found)
        return {};
    return refptr<ram_node>{static_cast<ram_node*>(found->get())};
}

}  // namespace

bool overlay_node::lower_has(std::string_view name) noexcept {
    return lower_ && lower_->lookup(name).has_value();
}

result<refptr<vfs::vnode>> overlay_node::lookup(std::string_view name) noexcept {
    if (!is_directory())
        return errc::not_directory;
    if (refptr<ram_node> above = look_above(upper(), name)) {
        if (above->is_whiteout())
            return errc::no_entry;
        return refptr<vfs::vnode>{TRY(fs().of_upper(*above))};
    }
    if (!lower_)
        return errc::no_entry;
    return refptr<vfs::vnode>{TRY(fs().of_lower(TRY(lower_->lookup(name)), *this, name))};
}

result<void> overlay_node::hide(ram_node& upper_directory, std::string_view name) noexcept {
    TRY(upper_directory.create(name, vfs::node_type::character_device, 0, {}));
    return ok;
}

template <typename Make>
result<refptr<vfs::vnode>> overlay_node::put(std::string_view name, Make&& make) noexcept {
    ram_node* directory = TRY(copy_up());
    refptr<ram_node> whiteout = look_above(directory, name);
    if (whiteout)
        TRY_VOID(directory->unlink(name, *whiteout));
    auto fresh = make(*directory);
    if (!fresh && whiteout) {
        if (auto again = directory->adopt(name, *whiteout); !again)
            return again.error();
    }
    return fresh;
}

result<refptr<vfs::vnode>> overlay_node::create(std::string_view name, vfs::node_type type,
                                                u32 permissions,
                                                vfs::device_number special) noexcept {
    if (type == vfs::node_type::character_device && special.major == 0 && special.minor == 0)
        return errc::not_permitted;  // would be a whiteout; Linux' overlayfs refuses it too
    refptr<vfs::vnode> made = TRY(put(name, [&](ram_node& directory) {
        return directory.create(name, type, permissions, special);
    }));
    return refptr<vfs::vnode>{TRY(fs().of_upper(static_cast<ram_node&>(*made)))};
}

result<refptr<vfs::vnode>> overlay_node::symlink(std::string_view name,
                                                 std::string_view target) noexcept {
    refptr<vfs::vnode> made =
        TRY(put(name, [&](ram_node& directory) { return directory.symlink(name, target); }));
    return refptr<vfs::vnode>{TRY(fs().of_upper(static_cast<ram_node&>(*made)))};
}

result<refptr<vfs::vnode>> overlay_node::create_unnamed(u32 permissions) noexcept {
    ram_node* directory = TRY(copy_up());
    refptr<vfs::vnode> made = TRY(directory->create_unnamed(permissions));
    // Not pinned: it has no name by which it could be found again.
    return refptr<vfs::vnode>{TRY(make_ref<overlay_node>(
        fs(), made->type(), made->inode(), refptr<ram_node>{static_cast<ram_node*>(made.get())},
        nullptr, nullptr, string{}))};
}

result<void> overlay_node::link(std::string_view name, vfs::vnode& target) noexcept {
    auto& node = static_cast<overlay_node&>(target);
    ram_node* above = TRY(node.copy_up());
    const bool had_no_name = above->links() == 0;
    TRY(put(name, [&](ram_node& directory) -> result<refptr<vfs::vnode>> {
        TRY_VOID(directory.link(name, *above));
        return refptr<vfs::vnode>{above};
    }));
    if (had_no_name)
        fs().pin(node);  // O_TMPFILE that gets its first name
    return ok;
}

result<void> overlay_node::unlink(std::string_view name, vfs::vnode& victim) noexcept {
    auto& node = static_cast<overlay_node&>(victim);
    const bool below = lower_has(name);
    ram_node* directory = TRY(copy_up());
    if (refptr<ram_node> above = look_above(directory, name))
        TRY_VOID(directory->unlink(name, *above));
    if (below)
        TRY_VOID(hide(*directory, name));
    node.lost_a_name();
    return ok;
}

result<bool> overlay_node::empty() noexcept {
    ram_node* u = upper();
    if (u && u->has_entries())
        return false;
    if (!lower_)
        return true;
    struct probe final : vfs::directory_sink {
        explicit probe(ram_node* d) noexcept : above{d} {}
        bool add(std::string_view name, u64, vfs::node_type, u64) noexcept override {
            if (is_dots(name))
                return true;
            if (look_above(above, name))
                return true;  // a whiteout: real entries were looked for before
            seen = true;
            return false;
        }
        ram_node* above;
        bool seen = false;
    } p{u};
    TRY_VOID(lower_->read_directory(0, p));
    return !p.seen;
}

result<void> overlay_node::remove_directory(std::string_view name, vfs::vnode& victim) noexcept {
    auto& node = static_cast<overlay_node&>(victim);
    if (!TRY(node.empty()))
        return errc::not_empty;
    const bool below = lower_has(name);
    ram_node* directory = TRY(copy_up());
    if (ram_node* above = node.upper()) {
        above->clear_entries();
        TRY_VOID(directory->remove_directory(name, *above));
    }
    if (below)
        TRY_VOID(hide(*directory, name));
    node.lost_a_name();
    return ok;
}

result<void> overlay_node::rename(std::string_view old_name, vfs::vnode& moved,
                                  vfs::vnode& new_directory, std::string_view new_name,
                                  vfs::vnode* victim, u32 flags) noexcept {
    constexpr u32 exchange = 2;
    auto& node = static_cast<overlay_node&>(moved);
    auto& to = static_cast<overlay_node&>(new_directory);
    auto* gone = static_cast<overlay_node*>(victim);
    ram_node* from_above = TRY(copy_up());
    ram_node* to_above = TRY(to.copy_up());
    ram_node* above = TRY(node.copy_up());
    ram_node* gone_above = nullptr;
    if (gone) {
        if (flags & exchange) {
            gone_above = TRY(gone->copy_up());
        } else {
            gone_above = gone->upper();
            if (gone->is_directory()) {
                if (!TRY(gone->empty()))
                    return errc::not_empty;
                if (gone_above)
                    gone_above->clear_entries();
            }
        }
    }
    const bool below = !(flags & exchange) && lower_has(old_name);
    TRY_VOID(from_above->rename(old_name, *above, *to_above, new_name, gone_above, flags));
    if (below)
        TRY_VOID(hide(*from_above, old_name));
    if (gone && !(flags & exchange))
        gone->lost_a_name();
    return ok;
}

result<void> overlay_node::read_directory(u64 cookie, vfs::directory_sink& sink) noexcept {
    if (!is_directory())
        return errc::not_directory;
    // First every lower name that still exists (whichever layer it is in now), then the names that
    // only the upper layer has: a file that is copied up during the reading appears once.
    struct lower_pass final : vfs::directory_sink {
        lower_pass(overlay_node& n, vfs::directory_sink& s) noexcept : node{n}, to{s} {}
        bool add(std::string_view name, u64 inode, vfs::node_type type,
                 u64 next) noexcept override {
            if (is_dots(name))
                return true;
            if (refptr<ram_node> above = look_above(node.upper(), name)) {
                if (above->is_whiteout())
                    return true;
                inode = node.fs().inode_of(*above);
                type = above->type();
            }
            full = !to.add(name, inode, type, next);
            return !full;
        }
        overlay_node& node;
        vfs::directory_sink& to;
        bool full = false;
    };
    struct upper_pass final : vfs::directory_sink {
        upper_pass(overlay_node& n, vfs::directory_sink& s) noexcept : node{n}, to{s} {}
        bool add(std::string_view name, u64 inode, vfs::node_type type,
                 u64 next) noexcept override {
            refptr<ram_node> above = look_above(node.upper(), name);
            if (!above || above->is_whiteout() || node.lower_has(name))
                return true;
            inode = node.fs().inode_of(*above);
            return to.add(name, inode, type, next | upper_cookies);
        }
        overlay_node& node;
        vfs::directory_sink& to;
    };
    if (cookie < upper_cookies) {
        if (lower_) {
            lower_pass pass{*this, sink};
            TRY_VOID(lower_->read_directory(cookie, pass));
            if (pass.full)
                return ok;
        }
        cookie = upper_cookies;
    }
    ram_node* u = upper();
    if (!u)
        return ok;
    upper_pass pass{*this, sink};
    return u->read_directory(cookie & ~upper_cookies, pass);
}

}  // namespace osprey::fs
