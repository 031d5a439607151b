// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/intrusive_tree.hh>
#include <base/time.hh>
#include <base/types.hh>

namespace osprey::sched {

/// A one-shot callback in a kernel thread of the CPU where it was armed (not in interrupt context:
/// the callback may take mutexes and allocate, but should be short).
///
/// `arm` replaces an earlier deadline. `cancel` returns when the callback neither runs nor will run
/// (calling it from the callback itself is fine, and so is destroying the timer there). One user at
/// a time: the owner serialises its calls. Context: threads with preemption on.
class timer {
public:
    using callback = void (*)(timer& self) noexcept;

    constexpr explicit timer(callback function) noexcept : function_{function} {}
    timer(const timer&) = delete;
    ~timer() { cancel(); }

    /// @return whether it replaced a deadline that had not come yet. If not, a callback of before
    /// may be about to run, and another one follows: count references by this.
    bool arm(instant deadline) noexcept;
    /// @return whether it had been pending.
    bool cancel() noexcept;
    [[nodiscard]] instant deadline() const noexcept { return deadline_; }
    [[nodiscard]] bool pending() const noexcept { return pending_; }

private:
    friend class timer_queue;
    callback function_;
    instant deadline_ = instant::never();
    tree_hook hook_;
    static constexpr u32 nowhere = ~u32{0};
    u32 cpu_ = nowhere;  // whose queue it is or was in
    bool pending_ = false;
};

}  // namespace osprey::sched
