// SPDX-License-Identifier: BSD-3-Clause
// Attributes, data and links of RAM files; directories are in ram_directory.cc.
#include <cstring>
#include <fs/ram/ram_node.hh>
#include <sched/clock.hh>
#include <vfs/access_acl.hh>

namespace osprey::fs {

namespace {
constexpr i64 second = 1'000'000'000;
vfs::timestamp stamp(const std::atomic<i64>& ns) noexcept {
    i64 t = ns.load(std::memory_order_relaxed);
    i64 s = t / second - (t % second < 0);
    return {s, static_cast<u32>(t - s * second)};
}
i64 from_stamp(const vfs::timestamp& t) noexcept {
    return t.seconds * second + t.nanoseconds;
}
}  // namespace

ram_node::ram_node(ram_filesystem& fs, vfs::node_type type, u64 inode, u32 permissions) noexcept
    : vnode{fs, type, inode},
      permissions_{permissions},
      links_{type == vfs::node_type::directory ? 2u : 1u},
      born_{sched::realtime_ns()} {
    accessed_ = modified_ = changed_ = born_;
    fs.files_.fetch_add(1, std::memory_order_relaxed);
}

ram_node::~ram_node() {
    clear_entries();
    fs().used_pages_.fetch_sub(charged_.load(std::memory_order_relaxed), std::memory_order_relaxed);
    fs().files_.fetch_sub(1, std::memory_order_relaxed);
}

void ram_node::touch() noexcept {
    const i64 now = sched::realtime_ns();
    modified_.store(now, std::memory_order_relaxed);
    changed_.store(now, std::memory_order_relaxed);
}

void ram_node::touch_changed() noexcept {
    changed_.store(sched::realtime_ns(), std::memory_order_relaxed);
}

void ram_node::wrote() noexcept {
    touch();
    recharge();
}

void ram_node::recharge() noexcept {
    const u64 now = data_->resident_pages();
    const u64 before = charged_.exchange(now, std::memory_order_relaxed);
    fs().used_pages_.fetch_add(now - before, std::memory_order_relaxed);
}

result<void> ram_node::reserve(u64 offset, u64 bytes) noexcept {
    const u64 first = offset >> page_shift, last = (offset + bytes - 1) >> page_shift;
    const u64 used = fs().used_pages_.load(std::memory_order_relaxed);
    if (used + (last - first + 1) <= fs().limit_pages_) [[likely]]
        return ok;
    u64 missing = 0;  // near the limit: writing over what is there needs no space
    for (u64 i = first; i <= last && used + missing <= fs().limit_pages_; ++i)
        missing += is_hole(i);
    return used + missing <= fs().limit_pages_ ? ok : result<void>{errc::no_space};
}

bool ram_node::is_hole(u64 index) noexcept {
    memory::frame* page = data_->find_page(index);
    if (!page)
        return true;
    memory::release_frame(page);
    return false;
}

result<vfs::attributes> ram_node::get_attributes() noexcept {
    vfs::attributes a;
    a.inode = inode();
    a.type = type();
    a.permissions = permissions_.load(std::memory_order_relaxed);
    a.links = links_.load(std::memory_order_relaxed);
    a.uid = uid_.load(std::memory_order_relaxed);
    a.gid = gid_.load(std::memory_order_relaxed);
    a.special = special_;
    a.accessed = stamp(accessed_);
    a.modified = stamp(modified_);
    a.changed = stamp(changed_);
    a.born = {born_ / second, static_cast<u32>(born_ % second)};
    switch (type()) {
        case vfs::node_type::regular:
            a.size = data_->size();
            a.blocks = data_->resident_pages() * (page_size / 512);
            break;
        case vfs::node_type::directory:
            a.size = 40 + 20 * u64{count_};  // as tmpfs of Linux
            break;
        case vfs::node_type::symlink:
            a.size = target_.size();
            break;
        default:
            break;
    }
    return a;
}

result<void> ram_node::set_attributes(const vfs::attribute_change& change) noexcept {
    using c = vfs::attribute_change;
    const auto& v = change.values;
    if (change.which & c::size) {
        if (!data_)
            return is_directory() ? errc::is_directory : errc::invalid_argument;
        if (v.size != data_->size()) {
            TRY_VOID(data_->resize(v.size));
            recharge();
        }
        touch();
    }
    if (change.which & c::permissions)
        permissions_.store(v.permissions & 07777, std::memory_order_relaxed);
    if (change.which & c::uid)
        uid_.store(v.uid, std::memory_order_relaxed);
    if (change.which & c::gid)
        gid_.store(v.gid, std::memory_order_relaxed);
    if (change.which & c::accessed)
        accessed_.store(from_stamp(v.accessed), std::memory_order_relaxed);
    if (change.which & c::modified)
        modified_.store(from_stamp(v.modified), std::memory_order_relaxed);
    touch_changed();
    return ok;
}

result<usize> ram_node::read_link(char* to, usize room) noexcept {
    if (type() != vfs::node_type::symlink)
        return errc::invalid_argument;
    const usize n = target_.size() < room ? target_.size() : room;
    std::memcpy(to, target_.c_str(), n);
    return n;
}

ram_node::extended_attribute* ram_node::find_xattr(std::string_view name) noexcept {
    for (auto& x : xattrs_)
        if (x.name == name)
            return &x;
    return nullptr;
}

result<usize> ram_node::get_xattr(std::string_view name, void* to, usize room) noexcept {
    sync::lock_guard guard{entries_mutex_};
    extended_attribute* x = find_xattr(name);
    if (!x)
        return errc::no_data;
    if (room == 0)
        return x->value.size();
    if (room < x->value.size())
        return errc::range;
    if (!x->value.empty())
        std::memcpy(to, x->value.data(), x->value.size());
    return x->value.size();
}

/// The nine permission bits; set-id and sticky bits stay.
result<void> ram_node::set_permissions(u32 bits) noexcept {
    vfs::attribute_change change{.which = vfs::attribute_change::permissions, .values = {}};
    change.values.permissions = (permissions_.load(std::memory_order_relaxed) & 07000) | bits;
    return set_attributes(change);
}

result<void> ram_node::set_xattr(std::string_view name, const void* from, usize bytes,
                                 u32 flags) noexcept {
    constexpr u32 create = 1, replace = 2;
    constexpr usize largest = 65536;
    if (bytes > largest)
        return errc::argument_list_too_long;
    const bool user = name.starts_with("user.");
    if (name == "system.posix_acl_access" && type() != vfs::node_type::symlink)
        return set_permissions(TRY(vfs::permissions_of_acl(from, bytes)));
    if (!user && !name.starts_with("trusted.") && !name.starts_with("security."))
        return errc::not_supported;
    if (user && type() != vfs::node_type::regular && !is_directory())
        return errc::not_permitted;
    auto value = TRY(vector<char>::copy_of({static_cast<const char*>(from), bytes}));
    sync::lock_guard guard{entries_mutex_};
    extended_attribute* x = find_xattr(name);
    if (x && (flags & create))
        return errc::exists;
    if (!x && (flags & replace))
        return errc::no_data;
    touch_changed();
    if (x) {
        x->value = std::move(value);
        return ok;
    }
    return xattrs_.emplace_back(extended_attribute{TRY(string::copy_of(name)), std::move(value)});
}

result<usize> ram_node::list_xattr(char* to, usize room) noexcept {
    sync::lock_guard guard{entries_mutex_};
    usize bytes = 0;
    for (auto& x : xattrs_)
        bytes += x.name.size() + 1;
    if (room == 0)
        return bytes;
    if (room < bytes)
        return errc::range;
    for (auto& x : xattrs_) {
        std::memcpy(to, x.name.c_str(), x.name.size() + 1);
        to += x.name.size() + 1;
    }
    return bytes;
}

result<void> ram_node::remove_xattr(std::string_view name) noexcept {
    sync::lock_guard guard{entries_mutex_};
    for (usize i = 0; i < xattrs_.size(); ++i)
        if (xattrs_[i].name == name) {
            xattrs_.erase(i);
            touch_changed();
            return ok;
        }
    return errc::no_data;
}

}  // namespace osprey::fs
