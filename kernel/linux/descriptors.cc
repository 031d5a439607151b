// SPDX-License-Identifier: BSD-3-Clause
#include <linux/descriptors.hh>
#include <linux/flag_sets.hh>
#include <linux/user_string.hh>
#include <net/socket.hh>

namespace osprey::abi {

result<vfs::path> start_of(dir_fd dir, std::string_view name) noexcept {
    // An absolute name does not look at the descriptor, be it good or bad.
    if (dir.value == at_cwd.value || (!name.empty() && name.front() == '/'))
        return vfs::path{};  // the working directory
    auto file = TRY(file_or_path_of({dir.value}));
    if (!file->opened_as || !file->node() || !file->node()->is_directory())
        return errc::not_directory;
    return file->opened_as;
}

result<vfs::path> resolve_at(dir_fd dir, user_path name, u64 at) noexcept {
    user_string text;
    TRY_VOID(text.load(name, at & at_flags::at_empty_path ? user_string::empty::allowed
                                                          : user_string::empty::refused));
    if (text.view().empty()) {
        if (dir.value == at_cwd.value)
            return directories().cwd();
        auto file = TRY(file_or_path_of({dir.value}));
        return file->opened_as;
    }
    const vfs::path start = TRY(start_of(dir, text.view()));
    return vfs::resolve(directories(), start, text.view(),
                        at & at_flags::at_symlink_nofollow ? 0u : u32{vfs::follow_last});
}

result<vfs::path> resolve_here(user_path name, u32 lookup) noexcept {
    user_string text;
    TRY_VOID(text.load(name));
    return vfs::resolve(directories(), vfs::path{}, text.view(), lookup);
}

reply after_write(vfs::file& file, result<usize>&& written) noexcept {
    if (!written && written.error() == errc::broken_pipe) {
        // Messages that cannot be sent are an error and no signal.
        const bool stream =
            !file.is_socket() || static_cast<net::socket&>(file).type() == net::sock_stream;
        if (stream)
            (void)proc::send_signal(proc::current_task(), proc::make_signal(proc::signal::pipe, 0));
    }
    proc::current_task().io.note_write(written ? *written : 0);
    if (!written && file.is_socket())
        return written.error();
    if (vfs::anybody_watches() && written && *written != 0) [[unlikely]]
        vfs::tell_file(file, vfs::was_written);
    return restartable(std::move(written));
}

result<i64> install_pair(out<fd_pair> ends, refptr<vfs::file> first, refptr<vfs::file> second,
                         bool close_on_exec) noexcept {
    vfs::descriptor_table& table = *proc::current_process().descriptors;
    fd_pair numbers{};
    numbers.fd[0] = TRY(install(std::move(first), close_on_exec));
    auto other = install(std::move(second), close_on_exec);
    if (!other) {
        (void)table.close(numbers.fd[0]);
        return other.error();
    }
    numbers.fd[1] = *other;
    if (auto stored = ends.store(numbers); !stored) {
        (void)table.close(numbers.fd[0]);
        (void)table.close(numbers.fd[1]);
        return stored.error();
    }
    return i64{0};
}

}  // namespace osprey::abi
