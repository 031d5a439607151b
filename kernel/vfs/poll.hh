// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sync/wait_queue.hh>
#include <vfs/file.hh>

namespace osprey::vfs {

/// Who asks `file::poll`: collects the wait queues that will tell of a change. poll(2), select(2),
/// epoll(7) and io_uring derive from it. `subscribe` may be called several times in one poll.
class poll_registration {
public:
    virtual void subscribe(sync::wait_queue& queue) noexcept = 0;

protected:
    ~poll_registration() = default;
};

/// One entry of poll(2).
struct poll_request {
    file* target;  // null: ignored
    u32 wanted;
    u32 happened;
};

/// Waits until one of the files has a wanted event. @return how many have;
/// `errc::interrupted`. A deadline in the past only looks.
result<usize> poll_files(poll_request* requests, usize count, instant deadline) noexcept;

}  // namespace osprey::vfs
