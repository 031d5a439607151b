// SPDX-License-Identifier: BSD-3-Clause
//
// io_uring: names and files. Each operation is the system call of its name, with the arguments
// from the entry.
#include <linux/copying.hh>
#include <linux/descriptors.hh>
#include <linux/syscalls.hh>
#include <linux/uring/operations.hh>

namespace osprey::abi::uring_ops {
namespace {

/// Operations whose system call takes a descriptor know no fixed files.
result<void> no_fixed_file(const uring_request& r) noexcept {
    if (!(r.sqe.flags & entry_fixed_file))
        return {};
    report_unsupported(r.sqe.opcode, "io_uring: a fixed file", errc::bad_descriptor);
    return errc::bad_descriptor;
}

/// Moves what a call has opened from its descriptor to the fixed slot that the entry names.
reply to_slot(uring_request& r, const reply& opened, bool close_on_exec) noexcept {
    if (opened.failed() || r.sqe.file_index == 0)
        return opened;
    const fd_number fd{static_cast<i32>(opened.value())};
    auto file = file_of(fd);
    (void)calls::close(fd);
    if (!file)
        return file.error();
    return install_result(r, std::move(*file), close_on_exec);
}

fd_number fd_of(const uring_request& r) noexcept {
    return {r.sqe.fd};
}
dir_fd dir_of(const uring_request& r) noexcept {
    return {r.sqe.fd};
}

}  // namespace

reply openat(uring_request& r) noexcept {
    if (r.sqe.flags & entry_fixed_file)
        return errc::bad_descriptor;
    if (r.sqe.buffer)
        return errc::invalid_argument;
    if (r.sqe.file_index && r.sqe.how & vfs::o_cloexec)
        return errc::invalid_argument;
    return to_slot(r, calls::openat(dir_of(r), {r.sqe.address}, {r.sqe.how}, {r.sqe.length}),
                   false);
}

reply openat2(uring_request& r) noexcept {
    if (r.sqe.flags & entry_fixed_file)
        return errc::bad_descriptor;
    if (r.sqe.buffer)
        return errc::invalid_argument;
    return to_slot(r, calls::openat2(dir_of(r), {r.sqe.address}, {r.sqe.offset}, r.sqe.length),
                   false);
}

reply close(uring_request& r) noexcept {
    if (r.sqe.offset || r.sqe.address || r.sqe.length || r.sqe.how || r.sqe.buffer)
        return errc::invalid_argument;
    if (r.sqe.flags & entry_fixed_file)
        return errc::bad_descriptor;
    if (r.sqe.file_index) {
        if (r.sqe.fd)
            return errc::invalid_argument;
        return r.ring->remove_fixed(r.sqe.file_index - 1);
    }
    auto file = TRY(proc::current_process().descriptors->get(r.sqe.fd));
    if (file->is_uring())
        return errc::bad_descriptor;
    return calls::close(fd_of(r));
}

reply statx(uring_request& r) noexcept {
    if (r.sqe.buffer || r.sqe.file_index)
        return errc::invalid_argument;
    if (r.sqe.flags & entry_fixed_file)
        return errc::bad_descriptor;
    return calls::statx(dir_of(r), {r.sqe.address}, {r.sqe.how}, {r.sqe.length},
                        out<abi_statx>{r.sqe.offset});
}

reply fallocate(uring_request& r) noexcept {
    if (r.sqe.buffer || r.sqe.how || r.sqe.file_index)
        return errc::invalid_argument;
    TRY_VOID(no_fixed_file(r));
    return calls::fallocate(fd_of(r), {r.sqe.length}, static_cast<i64>(r.sqe.offset),
                            static_cast<i64>(r.sqe.address));
}

reply fadvise(uring_request& r) noexcept {
    if (r.sqe.buffer || r.sqe.address || r.sqe.file_index)
        return errc::invalid_argument;
    TRY_VOID(no_fixed_file(r));
    return calls::fadvise64(fd_of(r), static_cast<i64>(r.sqe.offset), r.sqe.length, {r.sqe.how});
}

reply madvise(uring_request& r) noexcept {
    if (r.sqe.buffer || r.sqe.offset || r.sqe.file_index)
        return errc::invalid_argument;
    return calls::madvise({r.sqe.address}, r.sqe.length, {r.sqe.how});
}

reply sync_file_range(uring_request& r) noexcept {
    if (r.sqe.address || r.sqe.buffer || r.sqe.file_index)
        return errc::invalid_argument;
    TRY_VOID(no_fixed_file(r));
    return calls::sync_file_range(fd_of(r), static_cast<i64>(r.sqe.offset), r.sqe.length,
                                  {r.sqe.how});
}

namespace {

constexpr u32 from_is_fixed = 1u << 31;  // SPLICE_F_FD_IN_FIXED

}  // namespace

reply splice(uring_request& r) noexcept {
    if (r.sqe.how & from_is_fixed)
        return errc::bad_descriptor;
    TRY_VOID(no_fixed_file(r));
    return splice_between({static_cast<i32>(r.sqe.file_index)}, static_cast<i64>(r.sqe.address),
                          fd_of(r), static_cast<i64>(r.sqe.offset), r.sqe.length, {r.sqe.how});
}

reply tee(uring_request& r) noexcept {
    if (r.sqe.address || r.sqe.offset || r.sqe.how & from_is_fixed)
        return errc::invalid_argument;
    TRY_VOID(no_fixed_file(r));
    return calls::tee({static_cast<i32>(r.sqe.file_index)}, fd_of(r), r.sqe.length, {r.sqe.how});
}

reply epoll_ctl(uring_request& r) noexcept {
    if (r.sqe.buffer || r.sqe.file_index)
        return errc::invalid_argument;
    TRY_VOID(no_fixed_file(r));
    return calls::epoll_ctl(fd_of(r), {r.sqe.length}, {static_cast<i32>(r.sqe.offset)},
                            maybe_in<abi_epoll_event>{r.sqe.address});
}

reply renameat(uring_request& r) noexcept {
    if (r.sqe.buffer || r.sqe.file_index)
        return errc::invalid_argument;
    if (r.sqe.flags & entry_fixed_file)
        return errc::bad_descriptor;
    return calls::renameat2(dir_of(r), {r.sqe.address}, {static_cast<i32>(r.sqe.length)},
                            {r.sqe.offset}, {r.sqe.how});
}

reply unlinkat(uring_request& r) noexcept {
    if (r.sqe.offset || r.sqe.length || r.sqe.buffer || r.sqe.file_index)
        return errc::invalid_argument;
    if (r.sqe.flags & entry_fixed_file)
        return errc::bad_descriptor;
    return calls::unlinkat(dir_of(r), {r.sqe.address}, {r.sqe.how});
}

reply mkdirat(uring_request& r) noexcept {
    if (r.sqe.offset || r.sqe.how || r.sqe.buffer || r.sqe.file_index)
        return errc::invalid_argument;
    if (r.sqe.flags & entry_fixed_file)
        return errc::bad_descriptor;
    return calls::mkdirat(dir_of(r), {r.sqe.address}, {r.sqe.length});
}

reply symlinkat(uring_request& r) noexcept {
    if (r.sqe.length || r.sqe.how || r.sqe.buffer || r.sqe.file_index)
        return errc::invalid_argument;
    if (r.sqe.flags & entry_fixed_file)
        return errc::bad_descriptor;
    return calls::symlinkat({r.sqe.address}, dir_of(r), {r.sqe.offset});
}

reply linkat(uring_request& r) noexcept {
    if (r.sqe.buffer || r.sqe.file_index)
        return errc::invalid_argument;
    if (r.sqe.flags & entry_fixed_file)
        return errc::bad_descriptor;
    return calls::linkat(dir_of(r), {r.sqe.address}, {static_cast<i32>(r.sqe.length)},
                         {r.sqe.offset}, {r.sqe.how});
}

reply fsetxattr(uring_request& r) noexcept {
    TRY_VOID(no_fixed_file(r));
    return calls::fsetxattr(fd_of(r), {r.sqe.address}, {r.sqe.offset}, r.sqe.length, {r.sqe.how});
}

reply setxattr(uring_request& r) noexcept {
    return calls::setxattr({r.sqe.address3}, {r.sqe.address}, {r.sqe.offset}, r.sqe.length,
                           {r.sqe.how});
}

reply fgetxattr(uring_request& r) noexcept {
    TRY_VOID(no_fixed_file(r));
    if (r.sqe.how)
        return errc::invalid_argument;
    return calls::fgetxattr(fd_of(r), {r.sqe.address}, {r.sqe.offset}, r.sqe.length);
}

reply getxattr(uring_request& r) noexcept {
    if (r.sqe.how)
        return errc::invalid_argument;
    return calls::getxattr({r.sqe.address3}, {r.sqe.address}, {r.sqe.offset}, r.sqe.length);
}

}  // namespace osprey::abi::uring_ops
