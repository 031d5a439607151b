// SPDX-License-Identifier: BSD-3-Clause
#include <linux/descriptors.hh>
#include <linux/syscalls.hh>
#include <net/interface_ioctl.hh>
#include <net/socket.hh>
#include <process/file_owner.hh>

namespace osprey::abi {
namespace {

using r = ioctl_requests;

bool is_named(u32 request) noexcept {
    for (const value_name& n : r::names)
        if (n.value == request)
            return true;
    return false;
}

}  // namespace

reply calls::ioctl(fd_number fd, choice<ioctl_requests> request, address argument) noexcept {
    auto file = TRY(file_of(fd));
    proc::process& p = proc::current_process();
    const u32 what = static_cast<u32>(request.value());
    // What the VFS of Linux does itself, for every kind of file (fs/ioctl.c)
    switch (what) {
        case r::fioclex:
            return p.descriptors->set_close_on_exec(fd.value, true);
        case r::fionclex:
            return p.descriptors->set_close_on_exec(fd.value, false);
        case r::fionbio: {
            const i32 on = TRY(argument.as<const i32>().load());
            file->set_status_flags(on ? file->flags() | vfs::o_nonblock
                                      : file->flags() & ~u32{vfs::o_nonblock});
            return done;
        }
        case r::fioasync: {
            const bool on = TRY(argument.as<const i32>().load()) != 0;
            if (on == static_cast<bool>(file->flags() & vfs::o_async))
                return done;
            if (!file->tells_owner())
                return errc::not_tty;
            return proc::set_file_async(*file, on, fd.value);
        }
        case r::fiosetown:
        case r::siocspgrp:
            if (file->is_socket())
                return set_file_owner(*file, TRY(argument.as<const i32>().load()));
            break;
        case r::fiogetown:
        case r::siocgpgrp:
            if (file->is_socket()) {
                const proc::file_owner who = proc::get_file_owner(*file);
                return argument.as<i32>().store(who.what == proc::file_owner::kind::group ? -who.id
                                                                                          : who.id);
            }
            break;
        case r::fioqsize:
            if (file->node() &&
                (file->node()->type() == vfs::node_type::regular || file->node()->is_directory())) {
                const i64 size = static_cast<i64>(TRY(file->get_attributes()).size);
                return argument.as<i64>().store(size);
            }
            return errc::not_tty;
        case r::figetbsz:
            return argument.as<i32>().store(
                static_cast<i32>(TRY(file->get_attributes()).block_size));
        case r::fionread:
            // For regular files: what is left of them
            if (file->node() && file->node()->type() == vfs::node_type::regular) {
                const u64 size = TRY(file->get_attributes()).size;
                const i64 left = static_cast<i64>(size) - static_cast<i64>(file->position);
                return argument.as<i32>().store(static_cast<i32>(left));
            }
            break;
        case r::tiocgptpeer: {
            // Its argument is the flags, not an address.
            const u32 how = static_cast<u32>(argument.value);
            return install(TRY(file->open_peer(how)), how & vfs::o_cloexec);
        }
        case r::ficlone:
        case r::ficlonerange:
            return errc::not_supported;  // no filesystem here shares extents
        default:
            break;
    }
    auto answer = file->ioctl(what, argument.value);
    if (!answer && answer.error() == errc::not_tty && file->is_socket())
        answer =
            net::interface_ioctl(static_cast<net::socket&>(*file).family(), what, argument.value);
    if (!answer && answer.error() == errc::not_tty && !is_named(what))
        report_value(what, errc::not_tty);
    return restartable(std::move(answer));
}

}  // namespace osprey::abi
