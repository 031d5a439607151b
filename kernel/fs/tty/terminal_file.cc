// SPDX-License-Identifier: BSD-3-Clause
#include <fs/tty/requests.hh>
#include <fs/tty/terminal.hh>

namespace osprey::fs {

class terminal_file final : public vfs::file {
public:
    terminal_file(refptr<vfs::vnode> node, u32 flags, refptr<terminal> t) noexcept
        : file{std::move(node), flags}, terminal_{std::move(t)}, hangups_{terminal_->hangups()} {}
    void released() noexcept override { terminal_->close(); }

    result<usize> read(vfs::io_buffer& to) noexcept override {
        return terminal_->read(to, {nonblocking(), hangups_});
    }
    result<usize> write(vfs::io_buffer& from) noexcept override {
        return terminal_->write(from, {nonblocking(), hangups_});
    }
    result<usize> read_at(vfs::io_buffer&, u64) noexcept override { return errc::illegal_seek; }
    result<usize> write_at(vfs::io_buffer&, u64) noexcept override { return errc::illegal_seek; }
    [[nodiscard]] bool tells_owner() const noexcept override { return true; }
    u32 poll(vfs::poll_registration* w) noexcept override { return terminal_->poll(w, hangups_); }
    result<u64> ioctl(u32 request, u64 argument) noexcept override {
        if (terminal_->hangups() != hangups_)
            return request == tty_request::tiocspgrp ? errc::not_tty : errc::io_error;
        return terminal_->ioctl(request, argument, false, readable());
    }
    /// There is another end, but this is not the side that may open it.
    result<refptr<vfs::file>> open_peer(u32) noexcept override { return errc::io_error; }

private:
    const refptr<terminal> terminal_;
    const u32 hangups_;
};

result<refptr<vfs::file>> open_terminal(refptr<terminal> t, refptr<vfs::vnode> node,
                                        u32 flags) noexcept {
    terminal& opened = *t;
    auto made = make_ref<terminal_file>(std::move(node), flags, refptr<terminal>{&opened});
    if (!made) {
        opened.close();
        return made.error();
    }
    job_control* p = get_job_control();
    if (p && !(flags & vfs::o_noctty) && (flags & vfs::o_accmode) != vfs::o_wronly)
        p->terminal_opened(opened);
    return refptr<vfs::file>{std::move(*made)};
}

}  // namespace osprey::fs
