// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vfs/poll.hh>

namespace osprey::abi {

/// Waits for events of a file without a thread: `fired` is called once when there may be some.
/// The owner keeps a reference to the file while it is armed. Owner's calls do not overlap.
class poll_trigger : private vfs::poll_registration {
public:
    poll_trigger() noexcept = default;
    poll_trigger(const poll_trigger&) = delete;

    /// Looks for `wanted` events (errors and the end of the connection are always wanted), and
    /// watches the file's queues if there are none.
    /// @return the events there are; 0: `fired` is or was called. `errc::out_of_memory`.
    /// Context: threads, may sleep.
    result<u32> arm(vfs::file& f, u32 wanted) noexcept;
    /// As `arm`, but goes on watching when there are events; `fired` tells of what happens after
    /// this look. May be called again each time that it was.
    result<u32> watch(vfs::file& f, u32 wanted) noexcept;
    /// Stops watching. @return whether `fired` was not and will not be called for the last `arm`.
    /// Context: threads; not from `fired`.
    bool disarm() noexcept;

protected:
    ~poll_trigger() { (void)disarm(); }
    /// Context: a thread that wakes a queue of the file: may push work and wake threads.
    virtual void fired() noexcept = 0;

private:
    struct subscription : sync::waiter {
        subscription(poll_trigger& t, sync::wait_queue& q) noexcept
            : waiter{&poll_trigger::woken}, owner{&t}, queue{&q} {}
        poll_trigger* owner;
        sync::wait_queue* queue;
        subscription* next = nullptr;
    };
    void subscribe(sync::wait_queue& queue) noexcept override;
    static void woken(sync::waiter& self, u32 key) noexcept;

    static constexpr u32 always = vfs::poll_err | vfs::poll_hup | vfs::poll_nval;
    subscription* subscriptions_ = nullptr;
    u32 wanted_ = 0;
    bool out_of_memory_ = false;
    std::atomic<bool> done_{true};
};

}  // namespace osprey::abi
