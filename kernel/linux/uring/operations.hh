// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <linux/uring/ring.hh>

/// What the operations of io_uring do: `run` of each (see uring_operation), by family. They answer
/// as the system calls of the same names.
namespace osprey::abi::uring_ops {

// transfers.cc
reply read(uring_request& r) noexcept;
reply write(uring_request& r) noexcept;
bool transfer_is_slow(uring_request& r) noexcept;
reply fsync(uring_request& r) noexcept;
bool fsync_is_slow(uring_request& r) noexcept;

// waiting.cc
reply nop(uring_request& r) noexcept;
reply poll_add(uring_request& r) noexcept;
reply poll_remove(uring_request& r) noexcept;
reply timeout(uring_request& r) noexcept;
reply timeout_remove(uring_request& r) noexcept;
reply link_timeout(uring_request& r) noexcept;
reply async_cancel(uring_request& r) noexcept;
reply message_ring(uring_request& r) noexcept;
reply provide_buffers(uring_request& r) noexcept;
reply remove_buffers(uring_request& r) noexcept;
reply files_update(uring_request& r) noexcept;

// sockets.cc
reply accept(uring_request& r) noexcept;
reply connect(uring_request& r) noexcept;
reply send(uring_request& r) noexcept;
reply send_zero_copy(uring_request& r) noexcept;
reply receive(uring_request& r) noexcept;
reply send_message(uring_request& r) noexcept;
reply receive_message(uring_request& r) noexcept;
reply shutdown(uring_request& r) noexcept;
reply socket(uring_request& r) noexcept;

// files.cc
reply openat(uring_request& r) noexcept;
reply openat2(uring_request& r) noexcept;
reply close(uring_request& r) noexcept;
reply statx(uring_request& r) noexcept;
reply fallocate(uring_request& r) noexcept;
reply fadvise(uring_request& r) noexcept;
reply madvise(uring_request& r) noexcept;
reply sync_file_range(uring_request& r) noexcept;
reply splice(uring_request& r) noexcept;
reply tee(uring_request& r) noexcept;
reply epoll_ctl(uring_request& r) noexcept;
reply renameat(uring_request& r) noexcept;
reply unlinkat(uring_request& r) noexcept;
reply mkdirat(uring_request& r) noexcept;
reply symlinkat(uring_request& r) noexcept;
reply linkat(uring_request& r) noexcept;
reply fsetxattr(uring_request& r) noexcept;
reply setxattr(uring_request& r) noexcept;
reply fgetxattr(uring_request& r) noexcept;
reply getxattr(uring_request& r) noexcept;

/// Gives `f` the fixed slot that the entry names (counted from 1), or the lowest free descriptor.
reply install_result(uring_request& r, refptr<vfs::file> f, bool close_on_exec) noexcept;
/// Chooses a buffer of the entry's group. @return `errc::no_buffers`.
result<void> choose_buffer(uring_request& r) noexcept;
/// The flags of a completion that used the chosen buffer, which is the application's then.
u32 used_buffer(uring_request& r) noexcept;

}  // namespace osprey::abi::uring_ops
