// SPDX-License-Identifier: BSD-3-Clause
//
// What files are: the stat and statfs families, access.
#include <linux/descriptors.hh>
#include <linux/syscalls.hh>
#include <linux/user_string.hh>

namespace osprey::abi {
namespace {

/// dev_t as the kernel encodes it for applications (include/linux/kdev_t.h, new_encode_dev).
constexpr u64 encode_device(vfs::device_number d) noexcept {
    return (d.minor & 0xff) | (u64{d.major} << 8) | (u64{d.minor & ~0xffu} << 12);
}
constexpr abi_timespec to_timespec(const vfs::timestamp& t) noexcept {
    return {t.seconds, t.nanoseconds};
}
constexpr abi_statx_timestamp to_statx_time(const vfs::timestamp& t) noexcept {
    return {t.seconds, t.nanoseconds, 0};
}

result<void> store_stat(const vfs::attributes& a, memory::user_ptr<abi_stat> to) noexcept {
    abi_stat s{};
    s.device = encode_device(a.device);
    s.inode = a.inode;
    s.links = a.links;
    s.mode = static_cast<u32>(a.type) | a.permissions;
    s.uid = a.uid, s.gid = a.gid;
    s.special_device = encode_device(a.special);
    s.size = static_cast<i64>(a.size);
    s.block_size = a.block_size;
    s.blocks = static_cast<i64>(a.blocks);
    s.accessed = to_timespec(a.accessed);
    s.modified = to_timespec(a.modified);
    s.changed = to_timespec(a.changed);
    return to.store(s);
}

/// What `name` or, with AT_EMPTY_PATH, the descriptor itself refers to: descriptors may be without
/// a place in the tree (pipes, sockets).
result<vfs::attributes> attributes_at(dir_fd dir, user_path name, u64 at,
                                      u32* mount_id = nullptr) noexcept {
    if (at & at_flags::at_empty_path && dir.value != at_cwd.value) {
        user_string text;
        TRY_VOID(text.load(name, user_string::empty::allowed));
        if (text.view().empty()) {
            auto file = TRY(file_or_path_of({dir.value}));
            if (mount_id && file->opened_as)
                *mount_id = file->opened_as.where->id();
            return file->get_attributes();
        }
    }
    const vfs::path p = TRY(resolve_at(dir, name, at));
    if (mount_id)
        *mount_id = p.where->id();
    return vfs::get_attributes(p);
}

// How fresh attributes of a network filesystem shall be makes no difference here.
constexpr u64 stat_flags = at_flags::at_symlink_nofollow | at_flags::at_no_automount |
                           at_flags::at_empty_path | at_flags::at_statx_force_sync |
                           at_flags::at_statx_dont_sync;

}  // namespace

reply calls::stat(user_path path, out<abi_stat> buffer) noexcept {
    return store_stat(TRY(attributes_at(at_cwd, path, 0)), buffer);
}
reply calls::lstat(user_path path, out<abi_stat> buffer) noexcept {
    return store_stat(TRY(attributes_at(at_cwd, path, at_flags::at_symlink_nofollow)), buffer);
}
reply calls::fstat(fd_number fd, out<abi_stat> buffer) noexcept {
    auto file = TRY(file_or_path_of(fd));
    return store_stat(TRY(file->get_attributes()), buffer);
}
reply calls::newfstatat(dir_fd dir, user_path path, out<abi_stat> buffer,
                        flags<at_flags> how) noexcept {
    TRY_VOID(how.only(stat_flags));
    return store_stat(TRY(attributes_at(dir, path, how.bits)), buffer);
}

reply calls::statx(dir_fd dir, user_path path, flags<at_flags> how, flags<statx_mask> mask,
                   out<abi_statx> buffer) noexcept {
    if (mask.bits & statx_mask::statx__reserved)
        return errc::invalid_argument;
    TRY_VOID(how.only(stat_flags));
    if (how.has(at_flags::at_statx_force_sync | at_flags::at_statx_dont_sync))
        return errc::invalid_argument;
    u32 mount_id = 0;
    const vfs::attributes a = TRY(attributes_at(dir, path, how.bits, &mount_id));
    abi_statx s{};
    s.mask = statx_mask::statx_basic_stats;
    if (a.born.seconds || a.born.nanoseconds)
        s.mask |= statx_mask::statx_btime;
    if (mount_id)
        s.mask |= statx_mask::statx_mnt_id;
    s.block_size = a.block_size;
    s.links = a.links, s.uid = a.uid, s.gid = a.gid;
    s.mode = static_cast<u16>(static_cast<u32>(a.type) | a.permissions);
    s.inode = a.inode, s.size = a.size, s.blocks = a.blocks;
    s.accessed = to_statx_time(a.accessed);
    s.born = to_statx_time(a.born);
    s.changed = to_statx_time(a.changed);
    s.modified = to_statx_time(a.modified);
    s.special_major = a.special.major, s.special_minor = a.special.minor;
    s.device_major = a.device.major, s.device_minor = a.device.minor;
    s.mount_id = mount_id;
    return buffer.store(s);
}

namespace {

/// access(2) for the given identity. Root may read and write everything, and execute what anybody
/// may execute.
result<void> check_access(const vfs::attributes& a, bool read_only, u32 mode, u32 uid,
                          u32 gid) noexcept {
    if (mode & access_modes::w_ok && read_only &&
        (a.type == vfs::node_type::regular || a.type == vfs::node_type::directory ||
         a.type == vfs::node_type::symlink))
        return errc::read_only;
    if (uid == 0) {
        if (mode & access_modes::x_ok && a.type != vfs::node_type::directory &&
            !(a.permissions & 0111))
            return errc::access_denied;
        return {};
    }
    const proc::credentials& who = proc::current_process().identity;
    u32 granted = a.permissions & 7;
    if (uid == a.uid) {
        granted = a.permissions >> 6 & 7;
    } else {
        bool member = gid == a.gid;
        for (u32 i = 0; i < who.group_count; ++i)
            member |= who.groups[i] == a.gid;
        if (member)
            granted = a.permissions >> 3 & 7;
    }
    if (mode & ~granted)
        return errc::access_denied;
    return {};
}

reply access_at(dir_fd dir, user_path path, u64 mode, u64 at, bool effective) noexcept {
    if (mode & ~u64{7})
        return errc::invalid_argument;
    const vfs::path p = TRY(resolve_at(dir, path, at));
    // AT_EMPTY_PATH with a pipe or its like, which is in no filesystem
    const vfs::attributes a =
        p ? TRY(vfs::get_attributes(p)) : TRY(TRY(file_or_path_of({dir.value}))->get_attributes());
    const bool read_only = p && p.where->flags() & mount_flags::ms_rdonly;
    const proc::credentials& who = proc::current_process().identity;
    return check_access(a, read_only, static_cast<u32>(mode), effective ? who.euid : who.uid,
                        effective ? who.egid : who.gid);
}

}  // namespace

reply calls::access(user_path path, flags<access_modes> mode) noexcept {
    return access_at(at_cwd, path, mode.bits, 0, false);
}
reply calls::faccessat(dir_fd dir, user_path path, flags<access_modes> mode) noexcept {
    return access_at(dir, path, mode.bits, 0, false);
}
reply calls::faccessat2(dir_fd dir, user_path path, flags<access_modes> mode,
                        flags<at_flags> how) noexcept {
    // AT_EACCESS has the number of AT_REMOVEDIR.
    TRY_VOID(
        how.only(at_flags::at_removedir | at_flags::at_symlink_nofollow | at_flags::at_empty_path));
    return access_at(dir, path, mode.bits, how.bits, how.has(at_flags::at_removedir));
}

namespace {

result<void> store_statistics(const vfs::filesystem_statistics& f, u32 mount_flags,
                              memory::user_ptr<abi_statfs> to) noexcept {
    abi_statfs s{};
    s.type = static_cast<i64>(f.type);
    s.block_size = s.fragment_size = static_cast<i64>(f.block_size);
    s.blocks = f.blocks;
    s.blocks_free = s.blocks_available = f.blocks_free;
    s.files = f.files, s.files_free = f.files_free;
    s.id[0] = static_cast<i32>(f.id), s.id[1] = static_cast<i32>(f.id >> 32);
    s.name_length = f.name_length;
    constexpr u32 st_valid = 0x20;
    s.flags = f.mount_flags | st_valid | (mount_flags & mount_flags::ms_rdonly);
    return to.store(s);
}

}  // namespace

reply calls::statfs(user_path path, out<abi_statfs> buffer) noexcept {
    const vfs::path p = TRY(resolve_here(path, vfs::follow_last));
    return store_statistics(TRY(p.where->fs().get_statistics()), p.where->flags(), buffer);
}

reply calls::fstatfs(fd_number fd, out<abi_statfs> buffer) noexcept {
    auto file = TRY(file_or_path_of(fd));
    if (file->opened_as)
        return store_statistics(TRY(file->opened_as.where->fs().get_statistics()),
                                file->opened_as.where->flags(), buffer);
    if (file->node())
        return store_statistics(TRY(file->node()->owner().get_statistics()), 0, buffer);
    // Pipes, sockets and event descriptors: one of Linux's internal filesystems.
    vfs::filesystem_statistics internal;
    internal.type = 0x09041934;  // ANON_INODE_FS_MAGIC
    return store_statistics(internal, 0, buffer);
}

reply calls::ustat(u32, address) noexcept {
    return errc::invalid_argument;  // Linux, too, knows no such device: ours are all anonymous
}

}  // namespace osprey::abi
