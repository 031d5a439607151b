// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <linux/abi/socket.hh>
#include <linux/socket_calls.hh>

/// Ancillary data of sendmsg(2) and recvmsg(2): cmsg(3), unix(7). Context: inside a system call.
namespace osprey::abi {

/// Records on their way in, with the files that SCM_RIGHTS names.
class control_input {
public:
    /// @return `errc::no_buffers` (more than net.core.optmem_max), `errc::bad_address`,
    /// `errc::invalid_argument`, `errc::bad_descriptor`.
    result<void> load(net::socket& s, virtual_address from, u64 bytes) noexcept;
    [[nodiscard]] std::span<const u8> records() const noexcept { return records_; }
    [[nodiscard]] vector<refptr<vfs::file>>* files() noexcept {
        return files_.empty() ? nullptr : &files_;
    }

private:
    result<void> take_files(std::span<const u8> numbers) noexcept;
    scratch_bytes<256> room_;
    std::span<u8> records_;
    vector<refptr<vfs::file>> files_;
};

/// Gives `files` descriptors and adds the SCM_RIGHTS record that tells them to `to`, which was
/// begun at `where` with `room` bytes. What does not fit is closed. @return bytes of the record.
/// `truncated` becomes true if not all files got through (MSG_CTRUNC).
result<usize> deliver_files(vector<refptr<vfs::file>>& files, virtual_address where, usize room,
                            bool close_on_exec, bool& truncated) noexcept;

}  // namespace osprey::abi
