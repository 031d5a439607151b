// SPDX-License-Identifier: BSD-3-Clause
//
// Extended attributes (xattr(7)).
#include <base/scope_exit.hh>
#include <linux/descriptors.hh>
#include <linux/syscalls.hh>
#include <linux/user_string.hh>

namespace osprey::abi {
namespace {

constexpr usize name_limit = 256, value_limit = 65536;

result<refptr<vfs::vnode>> node_at(user_path path, bool follow) noexcept {
    const vfs::path p = TRY(resolve_here(path, follow ? u32{vfs::follow_last} : 0u));
    return refptr<vfs::vnode>{p.node()};
}
/// Null for what has no inode of a filesystem: pipes, sockets, event descriptors.
result<refptr<vfs::vnode>> node_of(fd_number fd) noexcept {
    auto file = TRY(file_of(fd));
    if (!file->opened_as)
        return refptr<vfs::vnode>{};
    return refptr<vfs::vnode>{file->node()};
}

/// Attributes of users belong to regular files and directories only (xattr(7)).
bool keeps_user_attributes(const vfs::vnode* node) noexcept {
    return node && (node->type() == vfs::node_type::regular || node->is_directory());
}

result<void> load_name(user_string& name, user_text from) noexcept {
    TRY_VOID(name.load(from, name_limit, errc::range));
    if (name.view().empty())
        return errc::range;
    return {};
}

/// Calls `fill(buffer, room)` with kernel memory and copies what it gives; room 0 asks for the
/// size only.
template <typename Fill>
reply fill_user(virtual_address to, usize size, Fill&& fill) noexcept {
    const usize room = size < value_limit ? size : value_limit;
    if (room == 0)
        return reply{fill(nullptr, 0)};
    auto* text = static_cast<char*>(allocate(room, 1));
    if (!text)
        return errc::out_of_memory;
    scope_exit free_text{[&] {
        deallocate(text, room);
    }};
    const usize length = TRY(fill(text, room));
    TRY_VOID(memory::copy_to_user(to, text, length));
    return length;
}

reply get(vfs::vnode* node, user_text name, virtual_address to, usize size) noexcept {
    user_string key;
    TRY_VOID(load_name(key, name));
    if (key.view().starts_with("user.") && !keeps_user_attributes(node))
        return errc::no_data;
    if (!node)
        return errc::not_supported;
    return fill_user(to, size, [&](char* room, usize bytes) {
        return node->get_xattr(key.view(), room, bytes);
    });
}
/// The place of a path or a descriptor, which watches of a folder want to know.
struct target {
    refptr<vfs::vnode> node;  // null as `node_of` says
    vfs::path place;
    void tell(const reply& answer) const noexcept {
        if (vfs::anybody_watches() && place && !answer.failed()) [[unlikely]]
            vfs::tell_place(place, vfs::attributes_changed);
    }
};
result<target> target_at(user_path path, bool follow) noexcept {
    vfs::path p = TRY(resolve_here(path, follow ? u32{vfs::follow_last} : 0u));
    refptr<vfs::vnode> node{p.node()};
    return target{std::move(node), std::move(p)};
}
result<target> target_of(fd_number fd) noexcept {
    auto node = TRY(node_of(fd));
    auto file = TRY(file_of(fd));
    return target{std::move(node), file->opened_as};
}

reply list(vfs::vnode* node, virtual_address to, usize size) noexcept {
    if (!node)
        return done;
    return fill_user(to, size,
                     [&](char* room, usize bytes) { return node->list_xattr(room, bytes); });
}
reply set(const target& to, user_text name, virtual_address from, usize size,
          flags<xattr_flags> how) noexcept {
    TRY_VOID(how.only());
    user_string key;
    TRY_VOID(load_name(key, name));
    if (size > value_limit)
        return errc::argument_list_too_long;
    auto* value = static_cast<char*>(allocate(size + 1, 1));
    if (!value)
        return errc::out_of_memory;
    scope_exit free_value{[&] {
        deallocate(value, size + 1);
    }};
    TRY_VOID(memory::copy_from_user(value, from, size));
    const vfs::vnode* node = to.node.get();
    if (key.view().starts_with("user.") && !keeps_user_attributes(node))
        return errc::not_permitted;
    if (!node)
        return errc::not_supported;
    const reply answer{to.node->set_xattr(key.view(), value, size, static_cast<u32>(how.bits))};
    to.tell(answer);
    return answer;
}
reply remove(const target& from, user_text name) noexcept {
    user_string key;
    TRY_VOID(load_name(key, name));
    const vfs::vnode* node = from.node.get();
    if (key.view().starts_with("user.") && !keeps_user_attributes(node))
        return errc::not_permitted;
    if (!node)
        return errc::not_supported;
    const reply answer{from.node->remove_xattr(key.view())};
    from.tell(answer);
    return answer;
}

}  // namespace

reply calls::getxattr(user_path path, user_text name, bytes_out<3> value, usize size) noexcept {
    return get(TRY(node_at(path, true)).get(), name, value.where, size);
}
reply calls::lgetxattr(user_path path, user_text name, bytes_out<3> value, usize size) noexcept {
    return get(TRY(node_at(path, false)).get(), name, value.where, size);
}
reply calls::fgetxattr(fd_number fd, user_text name, bytes_out<3> value, usize size) noexcept {
    return get(TRY(node_of(fd)).get(), name, value.where, size);
}
reply calls::setxattr(user_path path, user_text name, bytes_in<3> value, usize size,
                      flags<xattr_flags> how) noexcept {
    return set(TRY(target_at(path, true)), name, value.where, size, how);
}
reply calls::lsetxattr(user_path path, user_text name, bytes_in<3> value, usize size,
                       flags<xattr_flags> how) noexcept {
    return set(TRY(target_at(path, false)), name, value.where, size, how);
}
reply calls::fsetxattr(fd_number fd, user_text name, bytes_in<3> value, usize size,
                       flags<xattr_flags> how) noexcept {
    return set(TRY(target_of(fd)), name, value.where, size, how);
}
reply calls::listxattr(user_path path, bytes_out<2> buffer, usize size) noexcept {
    return list(TRY(node_at(path, true)).get(), buffer.where, size);
}
reply calls::llistxattr(user_path path, bytes_out<2> buffer, usize size) noexcept {
    return list(TRY(node_at(path, false)).get(), buffer.where, size);
}
reply calls::flistxattr(fd_number fd, bytes_out<2> buffer, usize size) noexcept {
    return list(TRY(node_of(fd)).get(), buffer.where, size);
}
reply calls::removexattr(user_path path, user_text name) noexcept {
    return remove(TRY(target_at(path, true)), name);
}
reply calls::lremovexattr(user_path path, user_text name) noexcept {
    return remove(TRY(target_at(path, false)), name);
}
reply calls::fremovexattr(fd_number fd, user_text name) noexcept {
    return remove(TRY(target_of(fd)), name);
}

}  // namespace osprey::abi
