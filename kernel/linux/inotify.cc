// SPDX-License-Identifier: BSD-3-Clause
//
// inotify(7), and why there is no fanotify(7).
#include <fs/inotify/inotify.hh>
#include <linux/descriptors.hh>
#include <linux/syscalls.hh>

namespace osprey::abi {

reply calls::inotify_init() noexcept {
    return inotify_init1({0});
}

reply calls::inotify_init1(flags<inotify_init_flags> how) noexcept {
    TRY_VOID(how.only());
    auto made = TRY(fs::make_inotify(static_cast<u32>(how.bits & inotify_init_flags::in_nonblock)));
    return install(std::move(made), how.has(inotify_init_flags::in_cloexec));
}

reply calls::inotify_add_watch(fd_number fd, user_path path, flags<inotify_events> mask) noexcept {
    using e = inotify_events;
    const u32 bits = static_cast<u32>(mask.bits);
    constexpr u32 all_bits = 0xf700'efff;  // ALL_INOTIFY_BITS of Linux
    if (!(bits & flags<inotify_events>::known()) || bits & ~all_bits)
        return errc::invalid_argument;
    auto instance = TRY(file_of(fd));
    if ((bits & e::in_mask_add && bits & e::in_mask_create) || !instance->is_inotify())
        return errc::invalid_argument;
    u32 lookup = bits & e::in_dont_follow ? 0u : u32{vfs::follow_last};
    if (bits & e::in_onlydir)
        lookup |= vfs::want_directory;
    const vfs::path where = TRY(resolve_here(path, lookup));
    constexpr u32 events = 0xfff;
    return fs::add_inotify_watch(
        *instance, where,
        bits & (events | e::in_excl_unlink | e::in_mask_add | e::in_mask_create | e::in_oneshot));
}

reply calls::inotify_rm_watch(fd_number fd, i32 watch) noexcept {
    auto instance = TRY(file_of(fd));
    if (!instance->is_inotify())
        return errc::invalid_argument;
    return fs::remove_inotify_watch(*instance, watch);
}

}  // namespace osprey::abi
