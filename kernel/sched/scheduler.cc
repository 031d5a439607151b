// SPDX-License-Identifier: BSD-3-Clause
#include <sched/scheduler.hh>

#include <base/assert.hh>
#include <sched/runqueue.hh>
#include <sched/timer_queue.hh>
#include <sync/rcu.hh>
#include <trace/tracepoint.hh>

namespace osprey::sched {

struct scheduler_access {
    static void idle_forever(void*) noexcept {
        arch::disable_interrupts();
        for (;;)
            runqueues.mine().idle_loop_turn();
    }

    /// A thread made of what runs on this CPU already.
    class boot_thread final : public thread {
    public:
        boot_thread() noexcept : thread{"boot", false} {
            // The stack is part of the image: stack_base_ stays 0, so nobody frees it.
        }
    };
    class idle_thread final : public thread {
    public:
        idle_thread() noexcept : thread{"idle", false} {}
    };

    static thread* new_idle_thread(bool is_boot_flow) noexcept {
        auto* t = new (std::nothrow) idle_thread;
        ensure(t != nullptr, "no memory for the idle thread");
        if (is_boot_flow) {
            t->stack_top_ = arch::this_cpu().kernel_stack_top;
        } else {
            const bool prepared = t->prepare_stack(idle_forever, nullptr).has_value();
            ensure(prepared, "no memory for the idle thread");
        }
        return t;
    }
    static thread* new_boot_thread() noexcept {
        auto* t = new (std::nothrow) boot_thread;
        ensure(t != nullptr, "no memory for the boot thread");
        t->stack_top_ = arch::this_cpu().kernel_stack_top;
        return t;
    }

    static bool must_stop(const thread& t, wait_mode mode) noexcept {
        switch (mode) {
            case wait_mode::uninterruptible:
                return false;
            case wait_mode::interruptible:
                return t.interrupted.load(std::memory_order_relaxed) || t.never_waits;
            case wait_mode::killable:
                return t.killed.load(std::memory_order_relaxed);
        }
        return false;
    }
    static bool stop_waiting(thread& t) noexcept {
        auto waiting = thread_state::waiting;
        return t.state_.compare_exchange_strong(waiting, thread_state::running,
                                                std::memory_order_acquire);
    }
    /// A wake-up has been decided but may not have reached this CPU's queue: nothing may happen to
    /// the thread before it has, so it sleeps those few instructions.
    static void finish_wake(thread& me) noexcept {
        arch::irq_guard quiet;
        runqueue& q = runqueues.mine();
        if (q.has_incoming())
            q.take_incoming();
        if (me.state_.load(std::memory_order_relaxed) != thread_state::running)
            q.block(me);
        else if (arch::this_cpu().need_resched)
            q.preempt();
    }
    static void begin_wait(thread& me) noexcept {
        me.state_.exchange(thread_state::waiting, std::memory_order_seq_cst);
    }
    static result<void> commit_wait(wait_mode mode, instant deadline) noexcept;
    static void wake(thread& t) noexcept;
    [[noreturn]] static void exit(thread& me) noexcept;
};

void initialize_cpu() noexcept {
    const u64 frequency = arch::cycle_frequency();
    const u64 millisecond = frequency ? frequency / 1000 : 1'000'000;
    if (arch::cpu_id() == 0)
        spans = {.granularity = millisecond,
                 .longest_lag = 6 * millisecond,
                 .round = 100 * millisecond,
                 .hand_over = millisecond / 10};
    initialize_timer_queue();
    if (arch::cpu_id() == 0) {
        // Boot code becomes an ordinary thread; the heap and the mutexes that creating the idle
        // thread needs work without a current thread as long as nothing competes.
        thread* boot = scheduler_access::new_boot_thread();
        arch::this_cpu().current = boot;
        runqueues.mine().start(*boot, *boot);
        runqueues.mine().start(*boot, *scheduler_access::new_idle_thread(false));
    } else {
        thread* idle = scheduler_access::new_idle_thread(true);
        runqueues.mine().start(*idle, *idle);
    }
    arch::this_cpu().preempt_count = 0;
}

void run_idle() noexcept {
    scheduler_access::idle_forever(nullptr);
    __builtin_unreachable();
}

void yield() noexcept {
    arch::irq_guard quiet;
    runqueues.mine().yield(current());
}

void begin_wait() noexcept {
    scheduler_access::begin_wait(current());
}

void cancel_wait() noexcept {
    thread& me = current();
    if (!scheduler_access::stop_waiting(me)) [[unlikely]]
        scheduler_access::finish_wake(me);
}

[[gnu::always_inline]] inline result<void> scheduler_access::commit_wait(
    wait_mode mode, instant deadline) noexcept {
    thread& me = current();
    if (must_stop(me, mode)) [[unlikely]] {
        cancel_wait();
        return errc::interrupted;
    }
    if (deadline != instant::never() && deadline <= arch::now()) {
        cancel_wait();
        return errc::timed_out;
    }
    {
        arch::irq_guard quiet;
        runqueue& q = runqueues.mine();
        if (q.has_incoming())
            q.take_incoming();
        if (me.state_.load(std::memory_order_relaxed) != thread_state::running) [[likely]] {
            if (deadline != instant::never())
                q.arm_timeout(me, deadline);
            me.wait_mode_ = mode;
            q.block(me);
        } else if (arch::this_cpu().need_resched) {
            q.preempt();
        }
    }
    if (deadline != instant::never() && me.timed_out_) {
        me.timed_out_ = false;
        return errc::timed_out;
    }
    if (must_stop(me, mode)) [[unlikely]]
        return errc::interrupted;
    return {};
}

result<void> commit_wait(wait_mode mode, instant deadline) noexcept {
    return scheduler_access::commit_wait(mode, deadline);
}

TRACEPOINT_AS(sched, sched_wakeup, "comm=%s pid=%d prio=%d target_cpu=%03d", trace::comm comm,
              trace::pid pid, i32 prio, i32 target_cpu);
TRACEPOINT(sched, sched_wake, trace::pid pid, u32 cpu);
/// The winner of the step from `waiting` to `waking` owns the thread until some CPU accepts it.
void scheduler_access::wake(thread& t) noexcept {
    arch::preempt_guard stay;
    auto waiting = thread_state::waiting;
    if (!t.state_.compare_exchange_strong(waiting, thread_state::waking, std::memory_order_acq_rel))
        return;
    const u32 here = arch::cpu_id(), home = t.cpu_.load(std::memory_order_relaxed);
    TRACE(sched_wake, t.id(), home);
    if (thread* me = arch::current_thread();
        arch::this_cpu().interrupt_depth == 0 && me->wakes_ != 255)
        ++me->wakes_;
    u32 target = home;
    if (home != here && !t.attached_.load(std::memory_order_acquire) &&
        !t.timeout_armed_.load(std::memory_order_acquire)) {
        // It sleeps, and no CPU keeps anything of it: it may wake anywhere.
        target = runqueues.of(here).load() == 0 ? runqueue::choose_cpu(t, here)
                                                : runqueue::choose_cpu(t, home);
        if (target != home) {
            t.cpu_.store(target, std::memory_order_relaxed);
            ++t.migrations_;
        }
    }
    if (target != home)
        runqueue::trace_migration(t, home, target);
    TRACE(sched_wakeup, t.name(), t.id(), runqueue::traced_priority(t), static_cast<i32>(target));
    if (target == here) {
        arch::irq_guard quiet;
        runqueues.mine().accept(t);
    } else {
        runqueues.of(target).send(t);
    }
}

void wake(thread& t) noexcept {
    // Orders the caller's condition before the look at the state; `begin_wait` does the reverse.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (t.state() == thread_state::waiting)
        scheduler_access::wake(t);
}

void interrupt(thread& t, severity how) noexcept {
    if (how == severity::fatal)
        t.killed.store(true, std::memory_order_relaxed);
    t.interrupted.store(true, std::memory_order_relaxed);
    wake(t);
    // On its way through application code it looks at `return_work` after an interrupt only.
    if (t.is_application() && t.state() == thread_state::running && t.cpu() != arch::cpu_id())
        arch::send_reschedule_ipi(t.cpu());
}

void scheduler_access::exit(thread& me) noexcept {
    arch::disable_interrupts();
    me.state_.store(thread_state::finished, std::memory_order_release);
    runqueues.mine().block(me);
    panic("a finished thread runs");
}

void exit_current() noexcept {
    scheduler_access::exit(current());
}

result<void> sleep_until(instant deadline, wait_mode mode) noexcept {
    for (;;) {
        begin_wait();
        const auto woken = commit_wait(mode, deadline);
        if (!woken)
            return woken.error() == errc::timed_out ? result<void>{} : woken.error();
    }
}

result<void> start_services() noexcept {
    TRY_VOID(sync::start_rcu());
    return start_timer_threads();
}

}  // namespace osprey::sched

// What arch/ declares and leaves to this folder.
namespace osprey::arch {

void handle_timer_interrupt(cpu_mode interrupted) noexcept {
    sched::runqueues.mine().timer_interrupt(interrupted);
}

void handle_reschedule_interrupt() noexcept {
    sched::runqueue& q = sched::runqueues.mine();
    if (q.has_incoming())
        q.take_incoming();
}

void reschedule() noexcept {
    irq_guard quiet;
    if (this_cpu().need_resched)
        sched::runqueues.mine().preempt();
}

}  // namespace osprey::arch
