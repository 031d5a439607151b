// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <linux/abi/stat.hh>
#include <linux/arguments.hh>
#include <linux/reply.hh>
#include <process/task.hh>
#include <vfs/descriptor_table.hh>
#include <vfs/lookup.hh>
#include <vfs/watch.hh>

/// What most file calls begin with. Context: inside a system call.
namespace osprey::abi {

/// The open file behind a descriptor. @return `errc::bad_descriptor`, also for O_PATH descriptors.
inline result<refptr<vfs::file>> file_of(fd_number fd) noexcept {
    auto file = proc::current_process().descriptors->get(fd.value);
    if (file && file.value()->flags() & vfs::o_path) [[unlikely]]
        return errc::bad_descriptor;
    return file;
}
/// The same for the calls that accept O_PATH descriptors (open(2), "O_PATH").
inline result<refptr<vfs::file>> file_or_path_of(fd_number fd) noexcept {
    return proc::current_process().descriptors->get(fd.value);
}

/// F_SETOWN, FIOSETOWN, SIOCSPGRP: a process, or a group if negative.
/// @return `errc::no_process`, `errc::invalid_argument`.
result<void> set_file_owner(vfs::file& file, i32 who) noexcept;

/// What kind of object a descriptor refers to, also when it has no name (pipes, sockets).
inline vfs::node_type type_of(vfs::file& file) noexcept {
    if (file.node() && file.node()->type() != vfs::node_type::anonymous)
        return file.node()->type();
    auto told = file.get_attributes();
    return told ? told->type : vfs::node_type::anonymous;
}

/// Gives `file` the lowest free descriptor.
inline result<int> install(refptr<vfs::file> file, bool close_on_exec, int lowest = 0) noexcept {
    proc::process& p = proc::current_process();
    const u64 limit = p.limits[7].soft;  // RLIMIT_NOFILE
    return p.descriptors->install(std::move(file), close_on_exec, lowest,
                                  limit < 0x7fff'ffff ? static_cast<u32>(limit) : 0x7fff'ffff);
}

/// The answer of a call that reads a stream. Sockets say themselves whether an interrupted call may
/// be restarted (not with SO_RCVTIMEO, SO_SNDTIMEO).
inline reply after_read(vfs::file& file, result<usize>&& got) noexcept {
    proc::current_task().io.note_read(got ? *got : 0);
    if (!got && file.is_socket())
        return got.error();
    if (vfs::anybody_watches() && got && *got != 0) [[unlikely]]
        vfs::tell_file(file, vfs::was_read);
    return restartable(std::move(got));
}
/// The same for writing: a pipe or connection without a reader also raises SIGPIPE.
reply after_write(vfs::file& file, result<usize>&& written) noexcept;

/// Two descriptors at once, told to the application: pipe2(2), socketpair(2). None is left open
/// when one of the steps fails.
result<i64> install_pair(out<fd_pair> ends, refptr<vfs::file> first, refptr<vfs::file> second,
                         bool close_on_exec) noexcept;

inline vfs::directory_context& directories() noexcept {
    return *proc::current_process().directories;
}

/// Where the path `name` of an *at call starts; the empty path means the working directory.
/// @return `errc::bad_descriptor`,
/// `errc::not_directory`.
result<vfs::path> start_of(dir_fd dir, std::string_view name) noexcept;

/// Resolves the path of an *at call whose `at` may hold AT_SYMLINK_NOFOLLOW and AT_EMPTY_PATH.
/// With AT_EMPTY_PATH and an empty name: what `dir` itself refers to.
result<vfs::path> resolve_at(dir_fd dir, user_path name, u64 at) noexcept;
/// The same relative to the working directory; `lookup` is of vfs::lookup_flag.
result<vfs::path> resolve_here(user_path name, u32 lookup) noexcept;

}  // namespace osprey::abi
