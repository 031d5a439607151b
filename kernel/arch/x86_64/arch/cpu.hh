// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>

namespace osprey::sched {
class thread;
}

namespace osprey::arch {

/// The first bytes of each CPU's private area; the GS base points here for the life of the system
/// (kernel and application run in the same ring, so there is no SWAPGS). Offsets are known to
/// entry.S. Applications may not change GS (arch_prctl(ARCH_SET_GS) is refused).
struct cpu_block {
    cpu_block* self;              // 0
    sched::thread* current;       // 8
    u64 kernel_stack_top;         // 16: of the current thread, loaded by the syscall entry
    u64 scratch;                  // 24: the application's rsp during syscall entry
    u32 preempt_count;            // 32: preemption is off while not zero
    u32 need_resched;             // 36: checked when preempt_count falls to zero and on irq exit
    u32 id;                       // 40: 0 … count-1
    u32 interrupt_depth;          // 44: not zero inside an interrupt handler
    u64 percpu_base;              // 48: offset to add to the address of a per_cpu<> variable
    u64 emergency_stack;          // 56: where a kernel stack overflow is reported
    u32 interrupt_controller_id;  // 64: APIC id
};

/// Number of this CPU. Stable only while preemption is off.
inline u32 cpu_id() noexcept {
    u32 id;
    asm volatile("movl %%gs:40, %0" : "=r"(id));
    return id;
}
inline sched::thread* current_thread() noexcept {
    sched::thread* t;
    asm volatile("movq %%gs:8, %0" : "=r"(t));
    return t;
}
inline cpu_block& this_cpu() noexcept {
    cpu_block* c;
    asm volatile("movq %%gs:0, %0" : "=r"(c));
    return *c;
}

/// Number of CPUs that run, fixed after boot.
u32 cpu_count() noexcept;
/// The block of CPU `id`. Any context.
cpu_block& cpu(u32 id) noexcept;

inline void preempt_disable() noexcept {
    asm volatile("incl %%gs:32" ::: "memory", "cc");
}
/// Calls the scheduler when a wake-up waited for preemption. Interrupts must be on, unless nested.
void preempt_enable_slow() noexcept;
inline void preempt_enable() noexcept {
    bool pending;
    // need_resched is looked at only when the count reaches zero
    asm volatile("decl %%gs:32\n\tsetz %0" : "=q"(pending)::"memory", "cc");
    if (pending) {
        u32 need;
        asm volatile("movl %%gs:36, %0" : "=r"(need));
        if (need) [[unlikely]]
            preempt_enable_slow();
    }
}
struct preempt_guard {
    preempt_guard() noexcept { preempt_disable(); }
    ~preempt_guard() { preempt_enable(); }
    preempt_guard(const preempt_guard&) = delete;
};

/// Interrupts of this CPU off for a scope; nests.
class irq_guard {
public:
    irq_guard() noexcept { asm volatile("pushfq; popq %0; cli" : "=r"(flags_)::"memory"); }
    ~irq_guard() {
        if (flags_ & (1u << 9))
            asm volatile("sti" ::: "memory");
    }
    irq_guard(const irq_guard&) = delete;

private:
    u64 flags_;
};
inline bool interrupts_enabled() noexcept {
    u64 flags;
    asm volatile("pushfq; popq %0" : "=r"(flags)::"memory");
    return flags & (1u << 9);
}
inline void enable_interrupts() noexcept {
    asm volatile("sti" ::: "memory");
}
inline void disable_interrupts() noexcept {
    asm volatile("cli" ::: "memory");
}
/// Enables interrupts and sleeps until one comes, without a gap between the two.
inline void enable_interrupts_and_halt() noexcept {
    asm volatile("sti; hlt; cli" ::: "memory");
}
inline void relax() noexcept {
    asm volatile("pause");
}
[[noreturn]] void halt_forever() noexcept;

/// Makes CPU `id` call `handle_reschedule_interrupt`. Any context.
void send_reschedule_ipi(u32 id) noexcept;
/// Takes in what other CPUs sent. Interrupts off. Implemented in sched/.
void handle_reschedule_interrupt() noexcept;
/// Gives the CPU to the thread that should have it, if `need_resched` is set. Preemption count
/// zero. The end of an interrupt calls it with interrupts off; they come back as they were.
/// Implemented in sched/.
void reschedule() noexcept;

/// Runs `function(argument)` in interrupt context on CPU `id` (may be this one) and waits for it.
/// Context: threads, interrupts on. Several callers at once are fine.
void call_on_cpu(u32 id, void (*function)(void*), void* argument) noexcept;
/// The same on every CPU, this one included.
void call_on_all_cpus(void (*function)(void*), void* argument) noexcept;

/// Cycles of the time-stamp counter; not ordered against other instructions.
inline u64 cycle_counter() noexcept {
    u32 low, high;
    asm volatile("rdtsc" : "=a"(low), "=d"(high));
    return u64{high} << 32 | low;
}
/// The same, read after all loads before it, for clocks that CPUs compare: RDTSC alone may run
/// ahead of the load that shows another CPU's time (Intel SDM vol. 2, RDTSC).
inline u64 ordered_cycle_counter() noexcept {
    u32 low, high;
    asm volatile("lfence; rdtsc" : "=a"(low), "=d"(high)::"memory");
    return u64{high} << 32 | low;
}

}  // namespace osprey::arch
