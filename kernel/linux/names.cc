// SPDX-License-Identifier: BSD-3-Clause
//
// Names in directories: making, removing, moving, linking.
#include <linux/descriptors.hh>
#include <linux/syscalls.hh>
#include <linux/user_string.hh>

namespace osprey::abi {
namespace {

/// A path and where it starts.
struct target {
    user_string name;
    vfs::path start;
    result<void> load(dir_fd dir, user_path path) noexcept {
        TRY_VOID(name.load(path));
        start = TRY(start_of(dir, name.view()));
        return {};
    }
};

reply make_directory_at(dir_fd dir, user_path path, u32 mode) noexcept {
    target t;
    TRY_VOID(t.load(dir, path));
    return vfs::make_directory(directories(), t.start, t.name.view(), mode & 01777);
}

reply make_node_at(dir_fd dir, user_path path, u32 mode, u32 device) noexcept {
    using vfs::node_type;
    node_type type;
    switch (mode & 0170000) {
        case 0:
        case static_cast<u32>(node_type::regular):
            type = node_type::regular;
            break;
        case static_cast<u32>(node_type::fifo):
        case static_cast<u32>(node_type::socket):
        case static_cast<u32>(node_type::character_device):
        case static_cast<u32>(node_type::block_device):
            type = static_cast<node_type>(mode & 0170000);
            break;
        case static_cast<u32>(node_type::directory):
            return errc::not_permitted;
        default:
            return errc::invalid_argument;
    }
    target t;
    TRY_VOID(t.load(dir, path));
    const vfs::device_number number{device >> 8 & 0xfff,
                                    (device & 0xff) | (device >> 12 & 0xfff00)};
    return vfs::make_node(directories(), t.start, t.name.view(), type, mode & 07777, number);
}

reply remove_at(dir_fd dir, user_path path, bool directory) noexcept {
    target t;
    TRY_VOID(t.load(dir, path));
    return vfs::remove(directories(), t.start, t.name.view(), directory);
}

reply rename_at(dir_fd from_dir, user_path from, dir_fd to_dir, user_path to, u32 how) noexcept {
    target source, destination;
    TRY_VOID(source.load(from_dir, from));
    TRY_VOID(destination.load(to_dir, to));
    return vfs::rename(directories(), source.start, source.name.view(), destination.start,
                       destination.name.view(), how);
}

reply link_at(dir_fd from_dir, user_path from, dir_fd to_dir, user_path to, u64 how) noexcept {
    // linkat follows a symbolic link only when asked to, contrary to the other calls.
    u64 at = how & at_flags::at_empty_path;
    if (!(how & at_flags::at_symlink_follow))
        at |= at_flags::at_symlink_nofollow;
    const vfs::path old = TRY(resolve_at(from_dir, from, at));
    if (!old)  // AT_EMPTY_PATH with a pipe or its like, which is in no filesystem
        return errc::cross_device;
    target t;
    TRY_VOID(t.load(to_dir, to));
    return vfs::make_link(directories(), old, t.start, t.name.view());
}

reply symlink_at(user_path text, dir_fd dir, user_path path) noexcept {
    user_string content;
    TRY_VOID(content.load(text));
    target t;
    TRY_VOID(t.load(dir, path));
    return vfs::make_symlink(directories(), t.start, t.name.view(), content.view());
}

reply read_link_at(dir_fd dir, user_path path, virtual_address to, i32 size) noexcept {
    if (size <= 0)
        return errc::invalid_argument;
    // An empty name means the descriptor itself, which must then be of a link (O_PATH).
    const vfs::path p =
        TRY(resolve_at(dir, path, at_flags::at_symlink_nofollow | at_flags::at_empty_path));
    user_string name;
    TRY_VOID(name.load(path, user_string::empty::allowed));
    if (!p || !p.node() || p.node()->type() != vfs::node_type::symlink)
        return name.view().empty() ? errc::no_entry : errc::invalid_argument;
    constexpr usize room = path_limit;
    auto* text = static_cast<char*>(allocate(room, 1));
    if (!text)
        return errc::out_of_memory;
    auto length = vfs::read_link(p, text, room);
    reply answer = done;
    if (!length) {
        answer = length.error();
    } else {
        const usize n = *length < static_cast<usize>(size) ? *length : static_cast<usize>(size);
        auto copied = memory::copy_to_user(to, text, n);
        answer = copied ? reply{n} : reply{copied.error()};
    }
    deallocate(text, room);
    return answer;
}

}  // namespace

reply calls::mkdir(user_path path, mode_bits mode) noexcept {
    return make_directory_at(at_cwd, path, mode.value);
}
reply calls::mkdirat(dir_fd dir, user_path path, mode_bits mode) noexcept {
    return make_directory_at(dir, path, mode.value);
}
reply calls::mknod(user_path path, mode_bits mode, u32 device) noexcept {
    return make_node_at(at_cwd, path, mode.value, device);
}
reply calls::mknodat(dir_fd dir, user_path path, mode_bits mode, u32 device) noexcept {
    return make_node_at(dir, path, mode.value, device);
}
reply calls::rmdir(user_path path) noexcept {
    return remove_at(at_cwd, path, true);
}
reply calls::unlink(user_path path) noexcept {
    return remove_at(at_cwd, path, false);
}
reply calls::unlinkat(dir_fd dir, user_path path, flags<at_flags> how) noexcept {
    TRY_VOID(how.only(at_flags::at_removedir));
    return remove_at(dir, path, how.bits);
}
reply calls::rename(user_path from, user_path to) noexcept {
    return rename_at(at_cwd, from, at_cwd, to, 0);
}
reply calls::renameat(dir_fd from_dir, user_path from, dir_fd to_dir, user_path to) noexcept {
    return rename_at(from_dir, from, to_dir, to, 0);
}
reply calls::renameat2(dir_fd from_dir, user_path from, dir_fd to_dir, user_path to,
                       flags<rename_flags> how) noexcept {
    if (how.bits & ~flags<rename_flags>::known() ||
        (how.has(rename_flags::rename_exchange) &&
         how.any(rename_flags::rename_noreplace | rename_flags::rename_whiteout)))
        return errc::invalid_argument;
    TRY_VOID(how.only(rename_flags::rename_noreplace | rename_flags::rename_exchange));
    return rename_at(from_dir, from, to_dir, to, static_cast<u32>(how.bits));
}
reply calls::link(user_path from, user_path to) noexcept {
    return link_at(at_cwd, from, at_cwd, to, 0);
}
reply calls::linkat(dir_fd from_dir, user_path from, dir_fd to_dir, user_path to,
                    flags<at_flags> how) noexcept {
    TRY_VOID(how.only(at_flags::at_symlink_follow | at_flags::at_empty_path));
    return link_at(from_dir, from, to_dir, to, how.bits);
}
reply calls::symlink(user_path target, user_path path) noexcept {
    return symlink_at(target, at_cwd, path);
}
reply calls::symlinkat(user_path target, dir_fd dir, user_path path) noexcept {
    return symlink_at(target, dir, path);
}
reply calls::readlink(user_path path, bytes_out<2> buffer, i32 size) noexcept {
    user_string name;
    TRY_VOID(name.load(path));
    return read_link_at(at_cwd, path, buffer.where, size);
}
reply calls::readlinkat(dir_fd dir, user_path path, bytes_out<3> buffer, i32 size) noexcept {
    return read_link_at(dir, path, buffer.where, size);
}

}  // namespace osprey::abi
