// SPDX-License-Identifier: BSD-3-Clause
//
// Making, copying and closing descriptors.
#include <linux/descriptors.hh>
#include <linux/syscalls.hh>
#include <linux/user_string.hh>

namespace osprey::abi {
namespace {

/// open(2) ignores bits that it does not know, and with O_PATH most that it does.
constexpr u32 path_flags = vfs::o_path | vfs::o_directory | vfs::o_nofollow | vfs::o_cloexec;

reply open_at(dir_fd dir, user_path path, u64 how, u32 mode, u32 resolve) noexcept {
    u32 wanted = static_cast<u32>(how & flags<open_flags>::known()) | vfs::o_largefile;
    if (wanted & vfs::o_path)
        wanted &= path_flags;
    user_string name;
    TRY_VOID(name.load(path));
    if ((wanted & vfs::o_tmpfile) == vfs::o_tmpfile && (wanted & vfs::o_accmode) == 0)
        return errc::invalid_argument;
    if ((wanted & (vfs::o_creat | vfs::o_directory)) == (vfs::o_creat | vfs::o_directory) &&
        (wanted & vfs::o_tmpfile) != vfs::o_tmpfile)
        return errc::invalid_argument;
    // RESOLVE_IN_ROOT: absolute names, too, begin at the directory.
    const vfs::path start =
        TRY(start_of(dir, resolve & vfs::in_root ? std::string_view{} : name.view()));
    auto file = vfs::open(directories(), start, name.view(), wanted & ~vfs::o_cloexec, mode & 07777,
                          resolve);
    if (!file)  // opening a FIFO waits for the other end
        return restartable(result<void>{file.error()});
    return install(std::move(*file), wanted & vfs::o_cloexec);
}

}  // namespace

reply calls::open(user_path path, flags<open_flags> how, mode_bits mode) noexcept {
    return open_at(at_cwd, path, how.bits, mode.value, 0);
}

reply calls::openat(dir_fd dir, user_path path, flags<open_flags> how, mode_bits mode) noexcept {
    return open_at(dir, path, how.bits, mode.value, 0);
}

reply calls::creat(user_path path, mode_bits mode) noexcept {
    return open_at(at_cwd, path, vfs::o_creat | vfs::o_wronly | vfs::o_trunc, mode.value, 0);
}

reply calls::openat2(dir_fd dir, user_path path, address how, usize size) noexcept {
    if (size < sizeof(abi_open_how))
        return errc::invalid_argument;
    if (size > page_size)
        return errc::argument_list_too_long;
    const abi_open_how wanted = TRY(how.as<const abi_open_how>().load());
    for (usize i = sizeof wanted; i < size; ++i)
        if (TRY(memory::user_ptr<const u8>{how.value + i}.load()) != 0)
            return errc::argument_list_too_long;
    if ((wanted.flags | wanted.resolve) >> 32)
        return errc::invalid_argument;
    TRY_VOID(flags<open_flags>{static_cast<u32>(wanted.flags) & ~u32{3}}.only());
    TRY_VOID(flags<resolve_flags>{static_cast<u32>(wanted.resolve)}.only());
    const bool creates =
        wanted.flags & vfs::o_creat || (wanted.flags & vfs::o_tmpfile) == vfs::o_tmpfile;
    if (wanted.mode & ~u64{07777} || (wanted.mode && !creates))
        return errc::invalid_argument;
    if (wanted.flags & vfs::o_path && wanted.flags & ~u64{path_flags})
        return errc::invalid_argument;
    using r = resolve_flags;
    if ((wanted.resolve & (r::resolve_beneath | r::resolve_in_root)) ==
        (r::resolve_beneath | r::resolve_in_root))
        return errc::invalid_argument;
    if (wanted.resolve & r::resolve_cached)
        return errc::again;  // the caller then tries without it
    u32 resolve = 0;
    if (wanted.resolve & r::resolve_no_xdev)
        resolve |= vfs::no_crossing;
    if (wanted.resolve & r::resolve_no_magiclinks)
        resolve |= vfs::no_magic_links;
    if (wanted.resolve & r::resolve_no_symlinks)
        resolve |= vfs::no_symlinks | vfs::no_magic_links;
    if (wanted.resolve & r::resolve_beneath)
        resolve |= vfs::beneath | vfs::no_magic_links;
    if (wanted.resolve & r::resolve_in_root)
        resolve |= vfs::in_root | vfs::no_magic_links;
    return open_at(dir, path, wanted.flags, static_cast<u32>(wanted.mode), resolve);
}

reply calls::close(fd_number fd) noexcept {
    return proc::current_process().descriptors->close(fd.value);
}

reply calls::close_range(u32 first, u32 last, flags<close_range_flags> how) noexcept {
    if (how.bits & ~flags<close_range_flags>::known() || first > last)
        return errc::invalid_argument;
    proc::process& p = proc::current_process();
    if (how.has(close_range_flags::close_range_unshare) && p.descriptors->reference_count() > 1) {
        // Threads of one process share the table through the process, so a table of one's own
        // exists only for a process that shares with others (CLONE_FILES).
        p.descriptors = TRY(p.descriptors->copy());
    }
    p.descriptors->close_range(first, last, how.has(close_range_flags::close_range_cloexec));
    return done;
}

reply calls::dup(fd_number fd) noexcept {
    return install(TRY(file_or_path_of(fd)), false);
}

namespace {

reply dup_to(fd_number fd, fd_number target, bool close_on_exec) noexcept {
    proc::process& p = proc::current_process();
    auto file = TRY(file_or_path_of(fd));
    const u64 limit = p.limits[7].soft;
    if (target.value < 0 || static_cast<u64>(target.value) >= limit)
        return errc::bad_descriptor;
    TRY_VOID(
        p.descriptors->install_at(target.value, std::move(file), close_on_exec,
                                  static_cast<u32>(limit < 0x7fff'ffff ? limit : 0x7fff'ffff)));
    return target.value;
}

}  // namespace

reply calls::dup2(fd_number fd, fd_number target) noexcept {
    if (fd.value == target.value) {
        (void)TRY(file_or_path_of(fd));
        return fd.value;
    }
    return dup_to(fd, target, false);
}

reply calls::dup3(fd_number fd, fd_number target, flags<cloexec_flags> how) noexcept {
    TRY_VOID(how.only());
    if (fd.value == target.value)
        return errc::invalid_argument;
    return dup_to(fd, target, how.bits);
}

}  // namespace osprey::abi
