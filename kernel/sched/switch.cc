// SPDX-License-Identifier: BSD-3-Clause
// Changing the running thread, and the timer that makes it change. Everything here runs on the
// queue's own CPU with interrupts off.
#include <sched/run_order.hh>
#include <sched/thread_table.hh>

#include <base/assert.hh>
#include <trace/tracepoint.hh>

namespace osprey::sched {

TRACEPOINT_AS(sched, sched_switch,
              "prev_comm=%s prev_pid=%d prev_prio=%d prev_state=%S ==> next_comm=%s next_pid=%d "
              "next_prio=%d",
              trace::comm prev_comm, trace::pid prev_pid, i32 prev_prio, i64 prev_state,
              trace::comm next_comm, trace::pid next_pid, i32 next_prio);

/// Bits of a task's state, as Linux's sched_switch has them.
i64 runqueue::traced_state(const thread& t) noexcept {
    switch (t.state_.load(std::memory_order_relaxed)) {
        case thread_state::waiting:
        case thread_state::waking:
            return t.wait_mode_ == wait_mode::interruptible ? 1 : 2;
        case thread_state::finished:
            return 16;
        default:
            return 0;
    }
}

/// Sets the CPU going on `to`. Returns when `from` runs again, perhaps on another CPU, so nothing
/// of `this` may be used after the switch.
[[gnu::always_inline]] inline void runqueue::switch_to(thread& from, thread& to) noexcept {
    running_ = &to;
    ++switches_;
    ++to.switches_;
    if (to.application_ && !samples_on_) [[unlikely]]
        start_samples(arch::now());
    quiescent();
    TRACE(sched_switch, from.name(), from.id_, traced_priority(from), traced_state(from), to.name(),
          to.id_, traced_priority(to));
    arch::cpu_block& cpu = arch::this_cpu();
    cpu.current = &to;
    cpu.kernel_stack_top = to.stack_top_;
    cpu.need_resched = 0;
    arch::switch_context(from.context_, to.context_);
    runqueue& here = runqueues.mine();
    if (here.departed_)
        here.finish_switch();
}

/// First thing on the stack of the next thread: now nothing uses the stack of `departed_` any more,
/// and it may be seen by others.
void runqueue::finish_switch() noexcept {
    thread* t = std::exchange(departed_, nullptr);
    if (!t)
        return;
    const bool leaving = std::exchange(leaving_, false);
    if (t->state_.load(std::memory_order_relaxed) != thread_state::finished) {
        if (leaving) [[unlikely]]
            depart(*t);
        else
            t->attached_.store(false, std::memory_order_release);
        return;
    }
    if (t->stack_base_ != 0 && keep_stack(t->stack_base_))
        t->stack_base_ = 0;
    t->attached_.store(false, std::memory_order_release);
    t->drop_ref();  // of `start`
}

TRACEPOINT(sched, sched_wait, trace::pid pid);
void runqueue::block(thread& me) noexcept {
    TRACE(sched_wait, me.id_);
    debug_ensure(arch::this_cpu().preempt_count == 0, "sleeping with preemption off");
    const u64 before = stretch_started_;
    account();
    if (me.wakes_ != 0) {
        // One wake-up shortly before falling asleep: it hands its work over.
        if (me.wakes_ == 1 && stretch_started_ - before < spans.hand_over)
            me.hand_overs_ += me.hand_overs_ < 3;
        else
            me.hand_overs_ = 0;
        me.wakes_ = 0;
    }
    if (!real_time(me)) {
        if (weights_ == 0) {
            zero_ = me.key_;
            me.lag_ = 0;
        } else {
            me.lag_ = lag_of_running();
        }
    }
    departed_ = &me;
    thread& next = pop_first_or_idle();
    if (&next == idle_thread_)
        busy_.store(0, std::memory_order_relaxed);
    switch_to(me, next);
}

TRACEPOINT(sched, sched_yield, trace::pid pid);
void runqueue::yield(thread& me) noexcept {
    TRACE(sched_yield, me.id_);
    if (has_incoming())
        take_incoming();
    if (leaving_) [[unlikely]] {
        preempt();
        return;
    }
    if (!first_)
        return;
    account();
    if (real_time(me)) {
        me.key_ = real_time_key(me.urgency_);
        if (first_->key_ >= me.key_)
            return;
    } else {
        const thread* last = rest_.last();
        const u64 behind = last ? last->key_ : first_->key_;
        if (me.key_ < behind)
            me.key_ = behind;
    }
    thread& next = *pop_first();
    insert(me);
    switch_to(me, next);
}

TRACEPOINT(sched, sched_sched, trace::pid pid);
void runqueue::preempt() noexcept {
    TRACE(sched_sched, running_->id_);
    arch::this_cpu().need_resched = 0;
    quiescent();
    if (has_incoming())
        take_incoming();
    thread& me = *running_;
    if (&me == idle_thread_) {
        if (thread* next = pop_first()) {
            account();
            busy_.store(1, std::memory_order_relaxed);
            switch_to(me, *next);
        }
        return;
    }
    account();
    if (leaving_) {
        ++me.preemptions_;
        departed_ = &me;
        thread& next = pop_first_or_idle();
        if (&next == idle_thread_)
            busy_.store(0, std::memory_order_relaxed);
        switch_to(me, next);
        return;
    }
    if (!first_ || first_->key_ >= me.key_)
        return;
    ++me.preemptions_;
    if (me.wakes_ != 0)
        me.wakes_ = me.hand_overs_ = 0;
    thread& next = *pop_first();
    insert(me);
    switch_to(me, next);
}

/// One turn of the idle thread: runs what is ready, or halts until an interrupt.
void runqueue::idle_loop_turn() noexcept {
    arch::this_cpu().need_resched = 0;
    if (has_incoming())
        take_incoming();
    if (!first_ && arch::cpu_count() > 1)
        look_for_work();
    if (first_) {
        preempt();
        return;
    }
    quiescent();
    idle_.store(true, std::memory_order_seq_cst);
    // Whoever pushes after this look sends an interrupt, which ends the halt.
    if (!has_incoming() && !arch::this_cpu().need_resched)
        arch::enable_interrupts_and_halt();
    idle_.store(false, std::memory_order_relaxed);
}

TRACEPOINT(timer, timeout_set, trace::pid pid, u64 deadline);
void runqueue::arm_timeout(thread& t, instant deadline) noexcept {
    TRACE(timeout_set, t.id_, deadline.ns);
    t.timeout_at_ = deadline;
    t.timeout_armed_.store(true, std::memory_order_relaxed);
    timeouts_.insert(t);
    if (deadline < armed_)
        program_timer();
}

TRACEPOINT(timer, timeout_cancel, trace::pid pid);
void runqueue::remove_timeout(thread& t) noexcept {
    TRACE(timeout_cancel, t.id_);
    timeouts_.remove(t);
    t.timeout_armed_.store(false, std::memory_order_release);
}

/// Asks for the next timer interrupt. One that turns out needless is cheaper than taking it back.
void runqueue::program_timer() noexcept {
    const thread* sleeper = timeouts_.first();
    instant next = tick_on_ ? tick_at_ : instant::never();
    if (samples_on_ && sample_at_ < next)
        next = sample_at_;
    if (sleeper && sleeper->timeout_at_ < next)
        next = sleeper->timeout_at_;
    if (next < armed_) {
        armed_ = next;
        arch::set_timer(next);
    }
}

void runqueue::start_tick_slow() noexcept {
    tick_on_ = true;
    tick_at_ = arch::now() + tick_length;
    program_timer();
}

void runqueue::start_samples(instant now) noexcept {
    samples_on_ = true;
    sample_at_ = now + sample_length;
    program_timer();
}

/// Exact figures would cost two reads of the cycle counter for each system call, more than a short
/// call itself.
void runqueue::sample(arch::cpu_mode interrupted) noexcept {
    account();
    queued_ns_ += ready() * static_cast<u64>(sample_length.ns);
    thread& t = *running_;
    if (!t.application_)
        return;
    if (interrupted == arch::cpu_mode::kernel)
        t.time_kind_ = time_kind::system;
    else
        t.time_kind_ = t.weight_ < 1024 ? time_kind::nice : time_kind::user;
}

TRACEPOINT(irq, timer_interrupt, u64 now);
void runqueue::timer_interrupt(arch::cpu_mode interrupted) noexcept {
    const instant now = arch::now();
    TRACE(timer_interrupt, now.ns);
    armed_ = instant::never();
    for (thread* t; (t = timeouts_.first()) && t->timeout_at_ <= now;) {
        remove_timeout(*t);
        auto waiting = thread_state::waiting;
        if (t->state_.compare_exchange_strong(waiting, thread_state::waking,
                                              std::memory_order_acq_rel)) {
            t->timed_out_ = true;
            accept(*t);
        }
    }
    if (has_incoming())
        take_incoming();
    if (tick_on_ && tick_at_ <= now) {
        tick();
        tick_on_ = first_ != nullptr;
        tick_at_ = now + tick_length;
    }
    if (samples_on_ && sample_at_ <= now) {
        sample(interrupted);
        samples_on_ = running_->application_;
        sample_at_ = now + sample_length;
    }
    program_timer();
}

TRACEPOINT(sched, sched_tick, trace::pid pid);
/// Every `tick_length` while somebody waits for this CPU.
void runqueue::tick() noexcept {
    TRACE(sched_tick, running_->id_);
    if (!first_)
        return;
    account();
    thread& me = *running_;
    if (real_time(me) && me.scheduling_.kind == policy::round_robin &&
        me.cycles_ - me.round_started_ >= spans.round) {
        me.round_started_ = me.cycles_;
        me.key_ = real_time_key(me.urgency_);
    }
    if (weights_ != 0) {
        // Keeps the products in `weighted_keys_` small.
        const u64 centre = average();
        weighted_keys_ -= static_cast<i64>(centre - zero_) * static_cast<i64>(weights_);
        zero_ = centre;
    }
    balance();
    if (first_ && first_->key_ < me.key_)
        arch::this_cpu().need_resched = 1;
}

void runqueue::start(thread& running, thread& idle) noexcept {
    // Containers point at themselves, so the copies of the per-CPU template need a fresh start.
    std::construct_at(this);
    id_ = arch::cpu_id();
    own_request_.cpu = id_;
    running_ = &running;
    idle_thread_ = &idle;
    stretch_started_ = arch::cycle_counter();
    running.cpu_.store(id_, std::memory_order_relaxed);
    idle.cpu_.store(id_, std::memory_order_relaxed);
    running.attached_.store(true, std::memory_order_relaxed);
    running.state_.store(thread_state::running, std::memory_order_relaxed);
    zero_ = fair_base + (u64{1} << 40);
    running.key_ = zero_;
    idle.attached_.store(true, std::memory_order_relaxed);
    idle.state_.store(thread_state::running, std::memory_order_relaxed);
    idle.key_ = ~u64{0};
    busy_.store(&running != &idle, std::memory_order_relaxed);
    arch::this_cpu().current = &running;
    online_.store(true, std::memory_order_release);
}

}  // namespace osprey::sched
