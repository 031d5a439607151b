// SPDX-License-Identifier: BSD-3-Clause
//
// Changing what files are: mode, owner, times, size by name.
#include <linux/descriptors.hh>
#include <linux/syscalls.hh>
#include <linux/user_string.hh>

namespace osprey::abi {
namespace {

using vfs::attribute_change;

/// Changes what a descriptor refers to. Objects without a place in the tree have nobody to show
/// the change to, and Linux lets root change them.
result<void> change_file(vfs::file& file, const attribute_change& change) noexcept {
    if (file.opened_as)
        return vfs::set_attributes(file.opened_as, change);
    if (file.node())
        return file.node()->set_attributes(change);
    // Event descriptors share an inode that nobody may change.
    return type_of(file) == vfs::node_type::anonymous ? errc::not_supported
                                                      : errc::invalid_argument;
}

attribute_change mode_change(u32 mode) noexcept {
    attribute_change change;
    change.which = attribute_change::permissions;
    change.values.permissions = mode & 07777;
    return change;
}

/// A new owner also takes the set-user-ID and set-group-ID bits from files (chown(2)).
attribute_change owner_change(const vfs::attributes& old, i32 uid, i32 gid) noexcept {
    attribute_change change;
    if (uid != -1)
        change.which |= attribute_change::uid;
    if (gid != -1)
        change.which |= attribute_change::gid;
    change.values.uid = static_cast<u32>(uid);
    change.values.gid = static_cast<u32>(gid);
    constexpr u32 set_uid = 04000, set_gid = 02000, group_execute = 010;
    u32 permissions = old.permissions & ~set_uid;
    if (permissions & group_execute)
        permissions &= ~set_gid;
    if (old.type != vfs::node_type::directory && permissions != old.permissions) {
        change.which |= attribute_change::permissions;
        change.values.permissions = permissions;
    }
    return change;
}

result<void> change_owner(vfs::file& file, i32 uid, i32 gid) noexcept {
    return change_file(file, owner_change(TRY(file.get_attributes()), uid, gid));
}

reply chown_at(dir_fd dir, user_path path, i32 uid, i32 gid, u64 at) noexcept {
    const vfs::path p = TRY(resolve_at(dir, path, at));
    if (!p)  // AT_EMPTY_PATH on a descriptor without a name
        return change_owner(*TRY(file_or_path_of({dir.value})), uid, gid);
    return vfs::set_attributes(p, owner_change(TRY(vfs::get_attributes(p)), uid, gid));
}

constexpr i64 utime_now = 0x3fff'ffff, utime_omit = 0x3fff'fffe;

/// The two times of utimensat(2). Null: both now.
result<attribute_change> times_change(memory::user_ptr<const abi_timespec> times) noexcept {
    attribute_change change;
    change.which = attribute_change::accessed | attribute_change::modified;
    const vfs::timestamp now = vfs::current_timestamp();
    change.values.accessed = change.values.modified = now;
    if (!times)
        return change;
    abi_timespec given[2];
    TRY_VOID(memory::copy_from_user(given, times.address(), sizeof given));
    vfs::timestamp* const fields[] = {&change.values.accessed, &change.values.modified};
    constexpr u32 bits[] = {attribute_change::accessed, attribute_change::modified};
    for (usize i = 0; i < 2; ++i) {
        const abi_timespec& t = given[i];
        if (t.nanoseconds == utime_omit)
            change.which &= ~bits[i];
        else if (static_cast<u64>(t.nanoseconds) < 1'000'000'000)
            *fields[i] = {t.seconds, static_cast<u32>(t.nanoseconds)};
        else if (t.nanoseconds != utime_now)
            return errc::invalid_argument;
    }
    return change;
}

result<attribute_change> times_change_us(memory::user_ptr<const abi_timeval> times) noexcept {
    if (!times)
        return times_change({});
    attribute_change change;
    change.which = attribute_change::accessed | attribute_change::modified;
    abi_timeval given[2];
    TRY_VOID(memory::copy_from_user(given, times.address(), sizeof given));
    vfs::timestamp* const fields[] = {&change.values.accessed, &change.values.modified};
    for (usize i = 0; i < 2; ++i) {
        const abi_timeval& t = given[i];
        if (static_cast<u64>(t.microseconds) >= 1'000'000)
            return errc::invalid_argument;
        *fields[i] = {t.seconds, static_cast<u32>(t.microseconds * 1000)};
    }
    return change;
}

}  // namespace

reply calls::chmod(user_path path, mode_bits mode) noexcept {
    return vfs::set_attributes(TRY(resolve_here(path, vfs::follow_last)), mode_change(mode.value));
}
reply calls::fchmod(fd_number fd, mode_bits mode) noexcept {
    return change_file(*TRY(file_of(fd)), mode_change(mode.value));
}
reply calls::fchmodat(dir_fd dir, user_path path, mode_bits mode) noexcept {
    return vfs::set_attributes(TRY(resolve_at(dir, path, 0)), mode_change(mode.value));
}

reply calls::chown(user_path path, i32 uid, i32 gid) noexcept {
    return chown_at(at_cwd, path, uid, gid, 0);
}
reply calls::lchown(user_path path, i32 uid, i32 gid) noexcept {
    return chown_at(at_cwd, path, uid, gid, at_flags::at_symlink_nofollow);
}
reply calls::fchown(fd_number fd, i32 uid, i32 gid) noexcept {
    return change_owner(*TRY(file_of(fd)), uid, gid);
}
reply calls::fchownat(dir_fd dir, user_path path, i32 uid, i32 gid, flags<at_flags> how) noexcept {
    TRY_VOID(how.only(at_flags::at_symlink_nofollow | at_flags::at_empty_path));
    return chown_at(dir, path, uid, gid, how.bits);
}

reply calls::utimensat(dir_fd dir, user_path path, address times, flags<at_flags> how) noexcept {
    const attribute_change change = TRY(times_change(times.as<const abi_timespec>()));
    if (path.where == 0) {
        // futimens(3): the descriptor itself
        if (how.bits)
            return errc::invalid_argument;
        if (dir.value == at_cwd.value)
            return errc::bad_address;
        return change_file(*TRY(file_of({dir.value})), change);
    }
    TRY_VOID(how.only(at_flags::at_symlink_nofollow | at_flags::at_empty_path));
    const vfs::path p = TRY(resolve_at(dir, path, how.bits));
    if (!p)
        return change_file(*TRY(file_or_path_of({dir.value})), change);
    return vfs::set_attributes(p, change);
}

reply calls::utimes(user_path path, address times) noexcept {
    return futimesat(at_cwd, path, times);
}
reply calls::futimesat(dir_fd dir, user_path path, address times) noexcept {
    const attribute_change change = TRY(times_change_us(times.as<const abi_timeval>()));
    if (path.where == 0 && dir.value != at_cwd.value)
        return change_file(*TRY(file_of({dir.value})), change);
    return vfs::set_attributes(TRY(resolve_at(dir, path, 0)), change);
}
reply calls::utime(user_path path, maybe_in<abi_utimbuf> times) noexcept {
    attribute_change change = TRY(times_change({}));
    if (times) {
        const abi_utimbuf t = TRY(times.load());
        change.values.accessed = {t.accessed, 0};
        change.values.modified = {t.modified, 0};
    }
    return vfs::set_attributes(TRY(resolve_here(path, vfs::follow_last)), change);
}

reply calls::truncate(user_path path, i64 size) noexcept {
    if (size < 0)
        return errc::invalid_argument;
    const vfs::path p = TRY(resolve_here(path, vfs::follow_last));
    if (p.node()->is_directory())
        return errc::is_directory;
    if (p.node()->type() != vfs::node_type::regular)
        return errc::invalid_argument;
    if (static_cast<u64>(size) > proc::current_process().limits[1].soft) {
        (void)proc::send_signal(proc::current_task(), proc::make_signal(proc::signal::xfsz, 0));
        return errc::file_too_big;
    }
    attribute_change change;
    change.which = attribute_change::size;
    change.values.size = static_cast<u64>(size);
    return vfs::set_attributes(p, change);
}

}  // namespace osprey::abi
