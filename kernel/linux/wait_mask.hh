// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <linux/reply.hh>
#include <memory/user_pointer.hh>
#include <process/task.hh>

namespace osprey::abi {

/// The signal mask that ppoll(2), pselect(2) and epoll_pwait(2) put in place for their wait. When a
/// signal ends the wait, its handler runs under this mask and the old one comes back after it.
class wait_mask {
public:
    result<void> set(memory::user_ptr<const u64> mask, usize size) noexcept {
        if (!mask)
            return {};
        if (size != sizeof(u64))
            return errc::invalid_argument;
        const u64 bits = TRY(mask.load());
        constexpr u64 unblockable = u64{1} << 8 | u64{1} << 18;  // SIGKILL, SIGSTOP
        proc::set_blocked_for_wait(proc::signal_set{bits & ~unblockable});
        set_ = true;
        return {};
    }
    /// Turns what the wait gave into the answer of the call; `interrupted` is that of a wait that a
    /// signal ended.
    template <typename T>
    reply finish(result<T>& outcome, errc interrupted = errc::restart_no_handler) noexcept {
        if (!outcome && outcome.error() == errc::interrupted)
            return interrupted;
        if (set_)
            proc::restore_blocked_now();
        return std::move(outcome);
    }

private:
    bool set_ = false;
};

}  // namespace osprey::abi
