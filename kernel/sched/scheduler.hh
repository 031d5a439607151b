// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sched/thread.hh>

namespace osprey::sched {

/// Makes the boot flow of execution on this CPU a thread (its idle thread comes into being too).
/// Called once per CPU, by CPU 0 first, with interrupts off; needs the kernel heap. Afterwards
/// preemption is on. On the other CPUs the boot flow itself is the idle thread: `run_idle` follows.
void initialize_cpu() noexcept;
/// The idle loop of an application processor; never returns.
[[noreturn]] void run_idle() noexcept;
/// Starts the kernel threads that timers and RCU need, once all CPUs run. Context: thread.
result<void> start_services() noexcept;

/// Wakes `t` if it waits, that is, if it is past `begin_wait`: make the condition true first.
/// Harmless otherwise. Any context; `t` must be kept alive by a reference or RCU.
void wake(thread& t) noexcept;
/// Ends an interruptible wait of `t` (now or the next one): sets `interrupted`, and `killed` if
/// `fatal`, sends its CPU an interrupt if it runs application code. Any context.
enum class severity : u8 { signal, fatal };
void interrupt(thread& t, severity how) noexcept;

/// Lets other threads of the same or higher urgency run. sched_yield(2).
void yield() noexcept;
/// Gives up the CPU for good. The thread object stays until its last reference goes.
[[noreturn]] void exit_current() noexcept;

/// The two halves of a wait. Between them any `wake` is kept:
///     begin_wait(); if (condition) { cancel_wait(); … } else commit_wait(mode, deadline);
void begin_wait() noexcept;
void cancel_wait() noexcept;
/// Sleeps until woken. @return `errc::timed_out` or `errc::interrupted`; success does not promise
/// that the caller's condition holds: test again.
result<void> commit_wait(wait_mode mode, instant deadline) noexcept;

/// Sleeps until `ready()` holds; whoever makes it true must `wake` this thread.
/// Context: threads with preemption on.
template <typename Condition>
result<void> wait_until(Condition&& ready, wait_mode mode = wait_mode::uninterruptible,
                        instant deadline = instant::never()) noexcept {
    for (;;) {
        begin_wait();
        if (ready()) {
            cancel_wait();
            return {};
        }
        const auto woken = commit_wait(mode, deadline);
        if (ready())  // without the two halves: most often the wake-up was the one waited for
            return {};
        if (!woken)
            return woken.error();
    }
}

/// Sleeps until `deadline`. @return `errc::interrupted` as `mode` says.
result<void> sleep_until(instant deadline, wait_mode mode = wait_mode::interruptible) noexcept;

/// Figures of one CPU for /proc/stat. `nice_ns` is user time of threads with a nice value above 0.
/// User and system time are told apart by samples (see `time_kind`); interrupts count as what they
/// interrupted.
struct cpu_times {
    u64 user_ns, nice_ns, system_ns, idle_ns;
    u64 queued_ns;  // what ready threads together have waited for it, by samples
    u64 switches;
};
cpu_times times_of(u32 cpu) noexcept;
/// Threads started since boot.
u64 threads_started() noexcept;
u32 ready_threads() noexcept;
void load_average(u32 out[3]) noexcept;  // fixed point, 11 fraction bits, as sysinfo(2) shifts

/// The live thread with this id, or null. Context: RCU (the caller's read guard).
thread* find_thread(u32 id) noexcept;
/// Calls `visit` for each thread of the system under RCU. `visit` may not sleep.
void for_each_thread(void (*visit)(thread&, void*), void* argument) noexcept;

}  // namespace osprey::sched
