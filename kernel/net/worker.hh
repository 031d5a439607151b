// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <base/result.hh>

namespace osprey::net {

/// Something that a network worker (one kernel thread per CPU) soon does, on the CPU that asked:
/// protocol work of sockets that nobody reads, replies that must not be sent while a socket is
/// locked. Asking again before it ran changes nothing.
///
/// The object must stay until it has run: whoever schedules holds a reference for it.
/// Context: `schedule` threads, preemption may be off; the function may sleep.
class deferred_work {
public:
    using function = void (*)(deferred_work& self) noexcept;
    constexpr explicit deferred_work(function f) noexcept : function_{f} {}
    deferred_work(const deferred_work&) = delete;
    /// @return whether it was not waiting already: then the worker owes one run.
    bool schedule() noexcept;

private:
    friend struct worker_access;
    function function_;
    std::atomic<bool> pending_{false};
    std::atomic<deferred_work*> next_{nullptr};
};

/// Starts the workers. Before any interface. Context: threads.
result<void> start_workers() noexcept;

}  // namespace osprey::net
