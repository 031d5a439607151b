// SPDX-License-Identifier: BSD-3-Clause
#include <cstring>
#include <process/pidfd.hh>
#include <vfs/poll.hh>

namespace osprey::proc {

namespace {

class pidfd_file final : public vfs::file {
public:
    pidfd_file(process& of, u32 flags) noexcept
        : file{nullptr, vfs::o_rdwr | (flags & vfs::o_nonblock)}, process_{&of} {}

    result<usize> read(vfs::io_buffer&) noexcept override { return errc::invalid_argument; }
    result<usize> write(vfs::io_buffer&) noexcept override { return errc::invalid_argument; }
    result<usize> read_at(vfs::io_buffer&, u64) noexcept override { return errc::illegal_seek; }
    result<usize> write_at(vfs::io_buffer&, u64) noexcept override { return errc::illegal_seek; }

    result<u64> seek(i64, int) noexcept override { return errc::illegal_seek; }

    /// The queue is that of the process's own children; its end is the last that it tells.
    u32 poll(vfs::poll_registration* w) noexcept override {
        if (w)
            w->subscribe(process_->child_changed);
        return process_->is_zombie() ? vfs::poll_in | vfs::poll_rdnorm : 0u;
    }

    usize describe(char* to, usize room) const noexcept override {
        constexpr std::string_view text = "anon_inode:[pidfd]";
        const usize n = text.size() < room ? text.size() : room;
        std::memcpy(to, text.data(), n);
        return n;
    }
    [[nodiscard]] bool is_pidfd() const noexcept override { return true; }
    [[nodiscard]] process& target() const noexcept { return *process_; }

private:
    refptr<process> process_;
};

}  // namespace

result<refptr<vfs::file>> make_pidfd(process& of, u32 flags) noexcept {
    return refptr<vfs::file>{TRY(make_ref<pidfd_file>(of, flags))};
}

result<refptr<process>> process_of_pidfd(vfs::file& f) noexcept {
    if (!f.is_pidfd())
        return errc::bad_descriptor;
    return refptr<process>{&static_cast<pidfd_file&>(f).target()};
}

}  // namespace osprey::proc
