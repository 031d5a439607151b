// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vfs/file.hh>

namespace osprey::proc {

/// Signal-driven I/O (fcntl(2), "Managing signals"): who is told by SIGIO, or a signal of his
/// choice, when a file with O_ASYNC becomes ready, and by SIGURG of urgent data.
///
/// A notifier subscribes to the file's wait queues as epoll does. Its callbacks run with a queue,
/// and often much more, locked; so they only put it on a list. The thread that caused the event
/// sends the signals before it goes back to the application, as on Linux; a kernel thread does it
/// if it was none of an application's, or sleeps before it gets there.
struct file_owner {
    enum class kind : i32 { task, process, group };  // F_OWNER_*
    kind what = kind::process;
    i32 id = 0;  // 0: nobody
};

/// F_SETOWN_EX. @return `errc::no_process`: there is none; `errc::out_of_memory`.
result<void> set_file_owner(vfs::file& f, file_owner who) noexcept;
[[nodiscard]] file_owner get_file_owner(vfs::file& f) noexcept;
/// F_SETSIG; 0: SIGIO without further information.
result<void> set_file_signal(vfs::file& f, u8 number) noexcept;
[[nodiscard]] u8 get_file_signal(vfs::file& f) noexcept;
/// O_ASYNC, by way of descriptor `fd`, which the signal will tell. Ignored for
/// files that cannot say when they become ready.
result<void> set_file_async(vfs::file& f, bool on, int fd) noexcept;

/// Sends what waits to be sent. Context: threads that hold no locks.
void tell_file_owners() noexcept;

}  // namespace osprey::proc
