// SPDX-License-Identifier: BSD-3-Clause
// The CPUs of the machine that the scheduler is tested on. Which of them the calling host thread
// plays is in `here`; interrupts come only where the machine says so (machine.hh).
#pragma once

#include <sched.h>
#include <atomic>
#include <base/types.hh>

namespace osprey::sched {
class thread;
}

namespace osprey::arch {

inline constexpr u32 most_cpus = 8;

struct alignas(64) cpu_block {
    sched::thread* current = nullptr;
    u64 kernel_stack_top = 0;
    u32 preempt_count = 0, need_resched = 0, interrupt_depth = 0;
    u64 timer = ~u64{0};  // ns; what set_timer asked for
    u64 timer_interrupts = 0;
    std::atomic<bool> interrupt{false};  // a reschedule interrupt is pending
    void (*halt)() noexcept = nullptr;   // what an idle CPU does
};
inline cpu_block cpus[most_cpus];
inline u32 cpus_used = 1;
inline thread_local u32 here = 0;
inline bool parallel = false;  // each CPU is played by a host thread of its own

/// Where the scheduler calls the architecture the host may take the CPU away, so that host threads
/// meet each other in the middle of things even on a host with few CPUs.
inline void disturb() noexcept {
    static thread_local u32 random = 2 * here + 1;
    if (!parallel)
        return;
    random = random * 1664525 + 1013904223;  // Knuth, TAOCP 3.3.4
    if (random >> 27 == 0)
        sched_yield();
}

inline u32 cpu_id() noexcept {
    return here;
}
inline u32 cpu_count() noexcept {
    disturb();
    return cpus_used;
}
inline cpu_block& this_cpu() noexcept {
    disturb();
    return cpus[here];
}
inline sched::thread* current_thread() noexcept {
    return cpus[here].current;
}

struct preempt_guard {
    preempt_guard() noexcept {
        disturb();
        ++this_cpu().preempt_count;
    }
    ~preempt_guard() { --this_cpu().preempt_count; }
    preempt_guard(const preempt_guard&) = delete;
};
struct irq_guard {
    irq_guard() noexcept { disturb(); }
    ~irq_guard() { disturb(); }
    irq_guard(const irq_guard&) = delete;
};
inline void enable_interrupts() noexcept {}
inline void disable_interrupts() noexcept {}
inline void enable_interrupts_and_halt() noexcept {
    if (this_cpu().halt)
        this_cpu().halt();
}
inline void send_reschedule_ipi(u32 id) noexcept {
    disturb();
    cpus[id].interrupt.store(true, std::memory_order_seq_cst);
}
void handle_reschedule_interrupt() noexcept;
void reschedule() noexcept;
/// Runs what other CPUs asked this one to (`call_on_cpu`).
void take_calls();
void call_on_cpu(u32 id, void (*function)(void*), void* argument) noexcept;

/// Time stands still unless a test moves it, or each look at it does (`clock_step`). A cycle is a
/// nanosecond.
inline std::atomic<u64> clock{0};
inline u64 clock_step = 0;
inline u64 cycle_counter() noexcept {
    disturb();
    return clock_step ? clock.fetch_add(clock_step, std::memory_order_relaxed)
                      : clock.load(std::memory_order_relaxed);
}

}  // namespace osprey::arch
