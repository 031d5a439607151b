// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/intrusive_list.hh>
#include <sync/wait_queue.hh>
#include <vfs/file.hh>

namespace osprey::vfs {

/// Advisory locks of one file: flock(2) locks, POSIX record locks and open-file-description locks
/// (fcntl(2)). Made when the first lock is taken, kept as long as the vnode.
class lock_list {
public:
    enum class style : u8 { flock, record };
    enum class mode : u8 { shared, exclusive };
    struct range {
        u64 start = 0, end = ~u64{0};  // end not included; all ones: to the end of any file
    };
    /// One lock as F_GETLK and /proc/locks show it.
    struct view {
        range bytes;
        mode how;
        i32 pid;
    };
    ~lock_list();

private:
    friend struct lock_operations;
    struct lock {
        list_hook link;
        const void* owner;
        i32 pid;
        style kind;
        mode how;
        range bytes;
    };
    sync::mutex mutex_{sync::lock_rank::none};
    sync::wait_queue released_;
    intrusive_list<lock, &lock::link> held_;
};

/// flock(2): `operation` LOCK_SH 1, LOCK_EX 2, LOCK_NB 4, LOCK_UN 8. The owner is the description.
/// @return `errc::again` with LOCK_NB, `errc::interrupted`.
result<void> lock_file(file& f, u32 operation) noexcept;

/// A record lock request of fcntl(2), offsets already made absolute.
struct record_request {
    lock_list::range bytes;
    lock_list::mode how = lock_list::mode::shared;
    const void* owner = nullptr;  // the descriptor table of the process, or the file (OFD locks)
    i32 pid = 0;                  // what F_GETLK of others shows; -1 for OFD locks
};
/// F_SETLK, F_SETLKW (`wait`). @return `errc::again`, `errc::deadlock`, `errc::interrupted`,
/// `errc::no_locks`.
result<void> set_record_lock(file& f, const record_request& request, bool wait) noexcept;
result<void> unlock_records(file& f, const record_request& request) noexcept;
/// F_GETLK: the first lock in the way of `request`; false if it could be had.
result<bool> get_record_lock(file& f, const record_request& request,
                             lock_list::view& in_the_way) noexcept;

/// The owner closed a descriptor of the file: all its record locks go (close(2)).
void release_record_locks(vnode& node, const void* owner) noexcept;
/// The description goes: its flock and OFD locks.
void release_file_locks(file& f) noexcept;

}  // namespace osprey::vfs
