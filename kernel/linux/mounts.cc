// SPDX-License-Identifier: BSD-3-Clause
#include <linux/descriptors.hh>
#include <linux/syscalls.hh>
#include <linux/user_string.hh>

namespace osprey::abi {

reply calls::mount(user_text source, user_path target, user_text type, flags<mount_flags> how,
                   address data) noexcept {
    using m = mount_flags;
    user_string source_text, type_text, options;
    if (source.where)
        TRY_VOID(source_text.load(source, path_limit, errc::name_too_long));
    if (type.where)
        TRY_VOID(type_text.load(type, path_limit, errc::name_too_long));
    if (data)
        TRY_VOID(options.load(user_text{data.value}, path_limit, errc::invalid_argument));
    // The magic number that ancient programs put into the upper half of the flags
    constexpr u64 magic = 0xc0ed'0000, magic_mask = 0xffff'0000;
    if ((how.bits & magic_mask) == magic)
        how.bits &= ~magic_mask;
    const vfs::path where = TRY(resolve_here(target, vfs::follow_last));
    // Propagation between mount namespaces: there is one namespace, so nothing can propagate.
    if (how.any(m::ms_private | m::ms_slave | m::ms_shared | m::ms_unbindable))
        return done;
    const bool remount = how.has(m::ms_remount);
    how.bits &= ~(u64{m::ms_remount} | m::ms_mandlock | m::ms_i_version);
    TRY_VOID(how.only(m::ms_rdonly | m::ms_nosuid | m::ms_nodev | m::ms_noexec | m::ms_silent |
                      m::ms_noatime | m::ms_nodiratime | m::ms_relatime | m::ms_strictatime |
                      m::ms_lazytime | m::ms_synchronous | m::ms_dirsync));
    if (remount)
        return vfs::remount(where, static_cast<u32>(how.bits));
    if (!type.where)
        return errc::bad_address;
    vfs::filesystem_type* kind = vfs::find_filesystem(type_text.view());
    if (!kind)
        return errc::no_device;
    auto fs = TRY(kind->create(source_text.view(), options.view()));
    return vfs::mount_at(where, std::move(fs), static_cast<u32>(how.bits),
                         source.where ? source_text.view() : std::string_view{"none"});
}

reply calls::umount2(user_path target, flags<umount_flags> how) noexcept {
    if (how.bits & ~flags<umount_flags>::known())
        return errc::invalid_argument;
    const vfs::path where = TRY(
        resolve_here(target, how.has(umount_flags::umount_nofollow) ? 0u : u32{vfs::follow_last}));
    if (how.has(umount_flags::mnt_expire)) {
        if (how.any(umount_flags::mnt_force | umount_flags::mnt_detach))
            return errc::invalid_argument;
        return how.only(umount_flags::mnt_force | umount_flags::mnt_detach |
                        umount_flags::umount_nofollow);
    }
    return vfs::unmount(where, static_cast<u32>(how.bits));
}

}  // namespace osprey::abi
