// SPDX-License-Identifier: BSD-3-Clause
#include <fs/overlay/overlay_node.hh>
#include <vfs/file.hh>

namespace osprey::fs {

overlay_node::overlay_node(overlay_filesystem& fs, vfs::node_type type, u64 inode,
                           refptr<ram_node> upper, refptr<vfs::vnode> lower,
                           refptr<overlay_node> parent, string name) noexcept
    : vnode{fs, type, inode},
      upper_{upper.release()},
      lower_{std::move(lower)},
      parent_{std::move(parent)},
      name_{std::move(name)} {}

overlay_node::~overlay_node() {
    fs().forget(*this);
    if (ram_node* u = upper())
        u->drop_ref();
}

result<vfs::attributes> overlay_node::get_attributes() noexcept {
    ram_node* u = upper();
    result<vfs::attributes> a = u ? u->get_attributes() : lower_->get_attributes();
    if (!a)
        return a;
    a->inode = inode();
    if (!u) {
        const u32 hidden = hidden_links_.load(std::memory_order_relaxed);
        a->links = a->links > hidden ? a->links - hidden : 0;
    }
    return a;
}

result<void> overlay_node::set_attributes(const vfs::attribute_change& change) noexcept {
    const bool drop = (change.which & vfs::attribute_change::size) && change.values.size == 0;
    ram_node* u = TRY(copy_up(drop ? contents::dropped : contents::copied));
    return u->set_attributes(change);
}

result<refptr<vfs::file>> overlay_node::open(u32 flags) noexcept {
    if (type() == vfs::node_type::regular &&
        ((flags & vfs::o_accmode) != vfs::o_rdonly || (flags & vfs::o_trunc)))
        TRY(copy_up(flags & vfs::o_trunc ? contents::dropped : contents::copied));
    return vnode::open(flags);
}

result<void> overlay_node::set_xattr(std::string_view name, const void* from, usize bytes,
                                     u32 flags) noexcept {
    ram_node* u = TRY(copy_up());
    return u->set_xattr(name, from, bytes, flags);
}

result<void> overlay_node::remove_xattr(std::string_view name) noexcept {
    ram_node* u = TRY(copy_up());
    return u->remove_xattr(name);
}

/// The last name of the upper part may be gone: then nothing but open files keeps the node.
void overlay_node::lost_a_name() noexcept {
    ram_node* u = upper();
    if (!u) {
        hidden_links_.fetch_add(1, std::memory_order_relaxed);
        return;
    }
    if (u->links() != 0)
        return;
    if (lower_ && !is_directory()) {
        // A lower file with several names keeps its upper part for the others.
        auto below = lower_->get_attributes();
        if (below && below->links > 1)
            return;
    }
    fs().unpin(*this);
}

}  // namespace osprey::fs
