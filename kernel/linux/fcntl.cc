// SPDX-License-Identifier: BSD-3-Clause
//
// fcntl(2) and flock(2).
#include <fs/memfd/memfd.hh>
#include <fs/pipe/pipe.hh>
#include <limits>
#include <linux/descriptors.hh>
#include <linux/syscalls.hh>
#include <process/file_owner.hh>
#include <vfs/file_locks.hh>

namespace osprey::abi {
namespace {

using cmd = fcntl_commands;
constexpr i16 lock_read = 0, lock_write = 1, lock_none = 2;

reply duplicate(fd_number fd, u64 lowest, bool close_on_exec) noexcept {
    auto file = TRY(file_or_path_of(fd));
    if (lowest >= proc::current_process().limits[7].soft)
        return errc::invalid_argument;
    return install(std::move(file), close_on_exec, static_cast<int>(lowest));
}

/// The range of a struct flock in absolute bytes.
result<vfs::lock_list::range> absolute_range(vfs::file& file, const abi_flock& l) noexcept {
    i64 base;
    switch (l.whence) {
        case 0:
            base = 0;
            break;
        case 1:
            base = static_cast<i64>(file.position);
            break;
        case 2:
            base = static_cast<i64>(TRY(file.get_attributes()).size);
            break;
        default:
            return errc::invalid_argument;
    }
    i64 start, end;
    if (__builtin_add_overflow(base, l.start, &start))
        return errc::overflow;
    if (start < 0)
        return errc::invalid_argument;
    if (l.length == 0)
        return vfs::lock_list::range{static_cast<u64>(start), ~u64{0}};
    if (l.length > 0) {
        if (__builtin_add_overflow(start, l.length - 1, &end))
            return errc::overflow;
        return vfs::lock_list::range{static_cast<u64>(start), static_cast<u64>(end) + 1};
    }
    // A negative length means the bytes before the start.
    if (start + l.length < 0)
        return errc::invalid_argument;
    return vfs::lock_list::range{static_cast<u64>(start + l.length), static_cast<u64>(start)};
}

result<vfs::record_request> request_of(vfs::file& file, const abi_flock& l,
                                       bool of_description) noexcept {
    vfs::record_request r;
    r.bytes = TRY(absolute_range(file, l));
    r.how = l.type == lock_write ? vfs::lock_list::mode::exclusive : vfs::lock_list::mode::shared;
    proc::process& p = proc::current_process();
    if (of_description) {
        if (l.pid != 0)
            return errc::invalid_argument;
        r.owner = &file;
        r.pid = -1;
    } else {
        r.owner = p.descriptors.get();
        r.pid = p.pid();
    }
    return r;
}

reply record_lock(vfs::file& file, address where, bool of_description, bool wait) noexcept {
    const abi_flock l = TRY(where.as<const abi_flock>().load());
    if (l.type < lock_read || l.type > lock_none)
        return errc::invalid_argument;
    const vfs::record_request r = TRY(request_of(file, l, of_description));
    if (l.type == lock_none)
        return vfs::unlock_records(file, r);
    if ((l.type == lock_read && !file.readable()) || (l.type == lock_write && !file.writable()))
        return errc::bad_descriptor;
    return restartable(vfs::set_record_lock(file, r, wait));
}

reply query_lock(vfs::file& file, address where, bool of_description) noexcept {
    abi_flock l = TRY(where.as<const abi_flock>().load());
    // OFD locks may also ask with F_UNLCK which locks there are, since Linux 6.9 only.
    if (l.type != lock_read && l.type != lock_write)
        return errc::invalid_argument;
    const vfs::record_request r = TRY(request_of(file, l, of_description));
    vfs::lock_list::view found;
    if (!TRY(vfs::get_record_lock(file, r, found))) {
        l.type = lock_none;
    } else {
        l.type = found.how == vfs::lock_list::mode::exclusive ? lock_write : lock_read;
        l.whence = 0;
        l.start = static_cast<i64>(found.bytes.start);
        l.length =
            found.bytes.end == ~u64{0} ? 0 : static_cast<i64>(found.bytes.end - found.bytes.start);
        l.pid = found.pid;
    }
    return where.as<abi_flock>().store(l);
}

reply get_flags(vfs::file& file) noexcept {
    // How the file was opened, without what only counts while opening.
    constexpr u32 once = vfs::o_creat | vfs::o_excl | vfs::o_noctty | vfs::o_trunc;
    return file.flags() & ~once & ~u32{vfs::o_cloexec};
}

reply set_flags(vfs::file& file, int fd, u64 wanted) noexcept {
    if (!file.tells_owner())
        wanted &= ~u64{vfs::o_async};
    const bool asynchronous = wanted & vfs::o_async;
    if (asynchronous != static_cast<bool>(file.flags() & vfs::o_async))
        TRY_VOID(proc::set_file_async(file, asynchronous, fd));
    file.set_status_flags(static_cast<u32>(wanted));
    return done;
}

// F_SETOWN and its kin

using proc::file_owner;

/// F_GETOWN: groups are negative.
reply get_owner(vfs::file& file) noexcept {
    const file_owner who = proc::get_file_owner(file);
    return who.what == file_owner::kind::group ? -who.id : who.id;
}

/// struct f_owner_ex
struct abi_owner {
    i32 type, id;
};

reply set_owner_ex(vfs::file& file, address where) noexcept {
    const auto given = TRY(where.as<const abi_owner>().load());
    if (given.type < 0 || given.type > static_cast<i32>(file_owner::kind::group))
        return errc::invalid_argument;
    return proc::set_file_owner(file, {static_cast<file_owner::kind>(given.type), given.id});
}

reply get_owner_ex(vfs::file& file, address where) noexcept {
    const file_owner who = proc::get_file_owner(file);
    return where.as<abi_owner>().store({static_cast<i32>(who.what), who.id});
}

reply set_signal(vfs::file& file, u64 number) noexcept {
    if (number > proc::signal_count)
        return errc::invalid_argument;
    return proc::set_file_signal(file, static_cast<u8>(number));
}

}  // namespace

result<void> set_file_owner(vfs::file& file, i32 who) noexcept {
    if (who == std::numeric_limits<i32>::min())
        return errc::invalid_argument;
    return proc::set_file_owner(
        file,
        {who < 0 ? file_owner::kind::group : file_owner::kind::process, who < 0 ? -who : who});
}

reply calls::fcntl(fd_number fd, choice<fcntl_commands> command, u64 argument) noexcept {
    proc::process& p = proc::current_process();
    const u32 what = static_cast<u32>(command.value());
    // What works on the descriptor itself, O_PATH or not
    switch (what) {
        case cmd::f_dupfd:
            return duplicate(fd, static_cast<u32>(argument), false);
        case cmd::f_dupfd_cloexec:
            return duplicate(fd, static_cast<u32>(argument), true);
        case cmd::f_getfd:
            return TRY(p.descriptors->close_on_exec(fd.value)) ? 1 : 0;
        case cmd::f_setfd:
            return p.descriptors->set_close_on_exec(fd.value, argument & 1);
        case cmd::f_getfl:
            return get_flags(*TRY(file_or_path_of(fd)));
        default:
            break;
    }
    auto file = TRY(file_of(fd));
    const address where{argument};
    switch (what) {
        case cmd::f_setfl:
            return set_flags(*file, fd.value, argument);
        case cmd::f_getlk:
            return query_lock(*file, where, false);
        case cmd::f_setlk:
            return record_lock(*file, where, false, false);
        case cmd::f_setlkw:
            return record_lock(*file, where, false, true);
        case cmd::f_ofd_getlk:
            return query_lock(*file, where, true);
        case cmd::f_ofd_setlk:
            return record_lock(*file, where, true, false);
        case cmd::f_ofd_setlkw:
            return record_lock(*file, where, true, true);
        case cmd::f_setown:
            return set_file_owner(*file, static_cast<i32>(argument));
        case cmd::f_getown:
            return get_owner(*file);
        case cmd::f_setown_ex:
            return set_owner_ex(*file, where);
        case cmd::f_getown_ex:
            return get_owner_ex(*file, where);
        case cmd::f_setsig:
            return set_signal(*file, argument);
        case cmd::f_getsig:
            return proc::get_file_signal(*file);
        case cmd::f_getpipe_sz:
            return fs::pipe_capacity(*file);
        case cmd::f_setpipe_sz:
            return fs::set_pipe_capacity(*file, static_cast<u32>(argument));
        case cmd::f_add_seals:
            return fs::add_seals(*file, static_cast<u32>(argument));
        case cmd::f_get_seals:
            return fs::get_seals(*file);
        case cmd::f_getlease:
            return lock_none;
        default:
            return command.unknown();
    }
}

reply calls::flock(fd_number fd, flags<flock_flags> how) noexcept {
    constexpr u32 mandatory = 32;  // LOCK_MAND: did nothing since Linux 5.17, but is not an error
    if (how.bits & mandatory)
        return done;
    const u32 operation = how.bits & ~u32{flock_flags::lock_nb};
    if (operation != flock_flags::lock_sh && operation != flock_flags::lock_ex &&
        operation != flock_flags::lock_un)
        return errc::invalid_argument;
    auto file = TRY(file_of(fd));
    return restartable(vfs::lock_file(*file, static_cast<u32>(how.bits)));
}

}  // namespace osprey::abi
