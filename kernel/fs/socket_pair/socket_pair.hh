// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <fs/pipe/pipe_buffer.hh>
#include <vfs/file.hh>

namespace osprey::fs {

/// What both ends of a pair share: a ring of bytes for each direction.
///
/// Lock-free but for the rings' own mutexes. A direction is shut once, by shutdown(2) of either end
/// or by closing one, and stays so.
class socket_link final : public ref_counted<socket_link> {
public:
    struct direction {
        refptr<pipe_buffer> bytes;
        std::atomic<bool> shut{false};
        /// Who sent here went away without reading what it had got itself.
        std::atomic<bool> reset{false};
        /// The receiver still gets what is there, the sender `errc::broken_pipe`.
        void shut_down() noexcept;
    };
    static result<refptr<socket_link>> create() noexcept;

    direction directions[2];
};

/// One end of socketpair(AF_UNIX, SOCK_STREAM): a stream of bytes each way, see unix(7).
class socket_end final : public vfs::file {
public:
    socket_end(refptr<socket_link> link, usize side, u32 flags) noexcept;

    using blocking = pipe_buffer::blocking;
    /// @return 0 at the end of the stream; `errc::connection_reset` once, `errc::again`,
    /// `errc::restart_always`.
    result<usize> receive(vfs::io_buffer& to, blocking how) noexcept;
    /// @return `errc::broken_pipe` when one of the ends was shut.
    result<usize> send(vfs::io_buffer& from, blocking how) noexcept;
    /// shutdown(2).
    enum shutdown_bits : u32 { receiving = 1, sending = 2 };
    void shut_down(u32 which) noexcept;

    result<usize> read(vfs::io_buffer& to) noexcept override { return receive(to, mode()); }
    result<usize> write(vfs::io_buffer& from) noexcept override { return send(from, mode()); }
    result<usize> read_at(vfs::io_buffer&, u64) noexcept override { return errc::illegal_seek; }
    result<usize> write_at(vfs::io_buffer&, u64) noexcept override { return errc::illegal_seek; }
    u32 poll(vfs::poll_registration* w) noexcept override;
    result<u64> ioctl(u32 request, u64 argument) noexcept override;
    result<vfs::attributes> get_attributes() noexcept override;
    usize describe(char* to, usize room) const noexcept override;
    void released() noexcept override;
    [[nodiscard]] bool is_socket() const noexcept override { return true; }

    [[nodiscard]] blocking mode() const noexcept {
        return nonblocking() ? blocking::no : blocking::yes;
    }

private:
    refptr<socket_link> link_;
    socket_link::direction& in_;
    socket_link::direction& out_;
    vfs::timestamp created_;
};

struct socket_ends {
    refptr<vfs::file> first, second;
};
/// `flags` may hold O_NONBLOCK.
result<socket_ends> make_socket_pair(u32 flags) noexcept;

}  // namespace osprey::fs
