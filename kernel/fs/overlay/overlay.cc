// SPDX-License-Identifier: BSD-3-Clause
#include <fs/overlay/overlay_node.hh>

namespace osprey::fs {

namespace {
/// Upper files without a lower part are numbered from here; EROFS numbers stay below in images of
/// up to 64 GB (a number is an offset in units of 32 bytes).
constexpr u64 first_upper_inode = u64{1} << 31;
}  // namespace

struct overlay_filesystem::tables {
    static u64 lower_key(const overlay_node& n) noexcept { return n.lower_->inode(); }
    static u64 upper_key(const overlay_node& n) noexcept { return n.upper()->inode(); }
    intrusive_tree<overlay_node, &overlay_node::lower_hook_, &tables::lower_key> by_lower;
    intrusive_tree<overlay_node, &overlay_node::upper_hook_, &tables::upper_key> by_upper;
};

result<refptr<overlay_filesystem>> overlay_filesystem::create(refptr<vfs::filesystem> lower,
                                                              u64 size_limit) noexcept {
    auto fs = TRY(make_ref<overlay_filesystem>());
    fs->tables_ = new (std::nothrow) tables;
    if (!fs->tables_)
        return errc::out_of_memory;
    fs->lower_ = std::move(lower);
    ram_filesystem::options how;
    how.size_limit = size_limit;
    how.first_inode = first_upper_inode;
    fs->upper_ = TRY(ram_filesystem::create(how));
    refptr<vfs::vnode> lower_root = fs->lower_->root();
    const u64 inode = lower_root->inode();
    refptr<ram_node> top{&fs->upper_->top()};
    fs->root_ = TRY(make_ref<overlay_node>(*fs, vfs::node_type::directory, inode, top,
                                           std::move(lower_root), nullptr, string{}));
    TRY_VOID(fs->root_->copy_metadata(*top));
    fs->pin(*fs->root_);
    return fs;
}

overlay_filesystem::~overlay_filesystem() {
    if (!tables_)
        return;
    while (overlay_node* n = tables_->by_upper.first())
        unpin(*n);
    root_.reset();
    delete tables_;
}

refptr<vfs::vnode> overlay_filesystem::root() noexcept {
    return root_;
}

result<vfs::filesystem_statistics> overlay_filesystem::get_statistics() noexcept {
    vfs::filesystem_statistics facts = TRY(upper_->get_statistics());
    facts.type = 0x794c7630;  // OVERLAYFS_SUPER_MAGIC
    return facts;
}

overlay_node* overlay_filesystem::find_upper(const ram_node& upper) noexcept {
    overlay_node* n = tables_->by_upper.lower_bound(upper.inode());
    return n && n->upper() == &upper ? n : nullptr;
}

u64 overlay_filesystem::inode_of(const ram_node& upper) noexcept {
    sync::lock_guard guard{mutex_};
    const overlay_node* n = find_upper(upper);
    return n ? n->inode() : upper.inode();
}

result<refptr<overlay_node>> overlay_filesystem::of_upper(ram_node& upper) noexcept {
    {
        sync::lock_guard guard{mutex_};
        if (overlay_node* n = find_upper(upper))
            return refptr<overlay_node>{n};
    }
    auto fresh = TRY(make_ref<overlay_node>(*this, upper.type(), upper.inode(),
                                            refptr<ram_node>{&upper}, nullptr, nullptr, string{}));
    pin(*fresh);
    return fresh;
}

result<refptr<overlay_node>> overlay_filesystem::of_lower(refptr<vfs::vnode> lower,
                                                          overlay_node& parent,
                                                          std::string_view name) noexcept {
    const u64 key = lower->inode();
    auto find = [&]() -> refptr<overlay_node> {
        overlay_node* n = tables_->by_lower.lower_bound(key);
        for (; n && n->lower_->inode() == key; n = tables_->by_lower.next(*n))
            if (n->try_add_ref())  // others are on their way out
                return refptr<overlay_node>::adopt(n);
        return {};
    };
    refptr<overlay_node> known;
    {
        sync::lock_guard guard{mutex_};
        known = find();
    }
    if (known)
        return known;
    auto fresh =
        TRY(make_ref<overlay_node>(*this, lower->type(), key, nullptr, lower,
                                   refptr<overlay_node>{&parent}, TRY(string::copy_of(name))));
    {
        sync::lock_guard guard{mutex_};
        known = find();  // another name of it may have been looked up at the same time
        if (!known)
            tables_->by_lower.insert(*fresh);
    }
    return known ? std::move(known) : std::move(fresh);
}

void overlay_filesystem::pin(overlay_node& node) noexcept {
    sync::lock_guard guard{mutex_};
    node.add_ref();
    node.pinned_ = true;
    tables_->by_upper.insert(node);
    if (node.lower_ && !node.lower_hook_.linked())
        tables_->by_lower.insert(node);
}

void overlay_filesystem::unpin(overlay_node& node) noexcept {
    {
        sync::lock_guard guard{mutex_};
        if (!std::exchange(node.pinned_, false))
            return;
        tables_->by_upper.remove(node);
    }
    node.drop_ref();
}

void overlay_filesystem::forget(overlay_node& node) noexcept {
    sync::lock_guard guard{mutex_};
    if (node.lower_hook_.linked())
        tables_->by_lower.remove(node);
}

}  // namespace osprey::fs
