// SPDX-License-Identifier: BSD-3-Clause
#include <trace/tracepoint.hh>
#include <vfs/directory_file.hh>

namespace osprey::vfs {

namespace {

constexpr u64 first_cookie = 2;  // after "." and ".."

/// Passes the filesystem's entries on, with its cookies moved behind "." and "..".
class shifted_sink final : public directory_sink {
public:
    shifted_sink(directory_sink& to, u64& position) noexcept : to_{to}, position_{position} {}
    bool add(std::string_view name, u64 inode, node_type type, u64 next) noexcept override {
        if (name != "." && name != ".." && !to_.add(name, inode, type, next + first_cookie))
            return false;
        position_ = next + first_cookie;
        return true;
    }

private:
    directory_sink& to_;
    u64& position_;
};

}  // namespace

TRACEPOINT(vfs, vfs_readdir, trace::address file);
result<void> directory_file::read_directory(directory_sink& sink) noexcept {
    TRACE(vfs_readdir, this);
    sync::lock_guard guard{position_mutex};
    if (opened_as.entry && opened_as.entry->deleted())
        return errc::no_entry;
    if (position == 0) {
        if (!sink.add(".", node()->inode(), node_type::directory, 1))
            return ok;
        position = 1;
    }
    if (position == 1) {
        u64 up = node()->inode();
        if (opened_as) {
            sync::rcu_read_guard rcu;
            const dentry* parent = opened_as.entry->parent();
            if (opened_as.entry.get() == &opened_as.where->root() && opened_as.where->mounted_at())
                parent = opened_as.where->mounted_at().entry->parent();
            if (parent)
                up = parent->node()->inode();
        }
        if (!sink.add("..", up, node_type::directory, first_cookie))
            return ok;
        position = first_cookie;
    }
    shifted_sink shifted{sink, position};
    return node()->read_directory(position - first_cookie, shifted);
}

result<u64> directory_file::seek(i64 offset, int whence) noexcept {
    sync::lock_guard guard{position_mutex};
    if (whence == 1 && offset == 0)
        return position;
    if (whence != 0 || offset < 0)
        return errc::invalid_argument;
    position = static_cast<u64>(offset);
    return position;
}

result<void> directory_file::synchronize(bool) noexcept {
    return node()->owner().synchronize();
}

}  // namespace osprey::vfs
