// SPDX-License-Identifier: BSD-3-Clause
// How threads get from one CPU to another. A queue is touched by its own CPU only, so threads are
// sent: by the waker when they sleep nowhere in particular, by a busy CPU that sees an idle one,
// and on request of a CPU that runs out of work.
#include <sched/run_order.hh>

#include <base/assert.hh>
#include <trace/tracepoint.hh>

namespace osprey::sched {
namespace {

/// Random enough to spread searches over many CPUs.
u32 search_start(u32 seed) noexcept {
    return static_cast<u32>(arch::cycle_counter() >> 7) + seed;
}

}  // namespace

TRACEPOINT(sched, sched_queue, trace::pid pid, u32 cpu);
void runqueue::send(thread& t) noexcept {
    TRACE(sched_queue, t.id_, id_);
    if (incoming_.push(t))
        arch::send_reschedule_ipi(id_);
}

void runqueue::ask(pull_request& request) noexcept {
    if (requests_.push(request))
        arch::send_reschedule_ipi(id_);
}

void runqueue::take_incoming() noexcept {
    while (thread* t = incoming_.pop())
        accept(*t);
    if (requests_.has_pushed())
        answer_requests();
}

void runqueue::accept(thread& t) noexcept {
    if (t.timeout_armed_.load(std::memory_order_relaxed))
        remove_timeout(t);
    t.state_.store(thread_state::running, std::memory_order_relaxed);
    if (t.attached_.load(std::memory_order_relaxed))
        return;  // woken before it had gone to sleep
    if (!allowed(t, id_)) [[unlikely]] {
        forward(t, choose_cpu(t, id_));
        return;
    }
    thread& me = *running_;
    if (&me != idle_thread_ && (first_ || me.hand_overs_ < 2) && arch::cpu_count() > 1) {
        const u32 better = choose_cpu(t, id_);
        if (better != id_) {
            forward(t, better);
            return;
        }
    }
    t.attached_.store(true, std::memory_order_relaxed);
    if (&me == idle_thread_) {
        set_key(t);
        insert(t);
        arch::this_cpu().need_resched = 1;
        // Several may come at once; the second waits for the first as for any running thread.
        if (ready_.load(std::memory_order_relaxed) > 1)
            start_tick();
        return;
    }
    account();
    set_key(t);
    if (preempts(t, me)) {
        if (t.key_ >= me.key_)
            t.key_ = me.key_ - 1;  // whatever runs gives way to it
        arch::this_cpu().need_resched = 1;
    }
    insert(t);
    start_tick();
}

TRACEPOINT_AS(sched, sched_migrate_task, "comm=%s pid=%d prio=%d orig_cpu=%d dest_cpu=%d",
              std::string_view comm, trace::pid pid, i32 prio, i32 orig_cpu, i32 dest_cpu);
TRACEPOINT(sched, sched_migrate, trace::pid pid, u32 cpu);
void runqueue::trace_migration(const thread& t, u32 from, u32 to) noexcept {
    TRACE(sched_migrate, t.id_, to);
    TRACE(sched_migrate_task, t.name(), t.id_, traced_priority(t), static_cast<i32>(from),
          static_cast<i32>(to));
}

/// Sends on a thread that is attached nowhere.
void runqueue::forward(thread& t, u32 cpu) noexcept {
    trace_migration(t, id_, cpu);
    t.state_.store(thread_state::waking, std::memory_order_relaxed);
    t.cpu_.store(cpu, std::memory_order_relaxed);
    ++t.migrations_;
    runqueues.of(cpu).send(t);
}

/// An idle CPU where `t` may run, else `preferred` if it may run there, else any it may.
u32 runqueue::choose_cpu(thread& t, u32 preferred) noexcept {
    const u32 cpus = arch::cpu_count();
    if (allowed(t, preferred) && runqueues.of(preferred).load() == 0)
        return preferred;
    u32 fallback = allowed(t, preferred) ? preferred : ~u32{0};
    const u32 start = cpus > 16 ? search_start(preferred) : preferred + 1;
    const u32 looks = cpus > 16 && fallback != ~u32{0} ? 16 : cpus;
    for (u32 i = 0; i < looks; ++i) {
        const u32 cpu = (start + i) % cpus;
        const runqueue& q = runqueues.of(cpu);
        if (!allowed(t, cpu) || !q.online())
            continue;
        if (q.load() == 0 && !q.incoming_.has_pushed())
            return cpu;
        if (fallback == ~u32{0} ||
            (!allowed(t, preferred) && q.load() < runqueues.of(fallback).load()))
            fallback = cpu;
    }
    ensure(fallback != ~u32{0}, "a thread that may run nowhere");
    return fallback;
}

/// The ready thread that loses least by going to `cpu`: the one that would run last here. Threads
/// that were preempted inside a wait stay, as wakers know where to find them.
thread* runqueue::movable_to(u32 cpu) noexcept {
    const auto movable = [cpu](const thread& t) noexcept {
        return allowed(t, cpu) && t.state_.load(std::memory_order_relaxed) == thread_state::running;
    };
    unsigned looks = 8;
    for (thread* t = rest_.last(); t && looks; t = rest_.previous(*t), --looks)
        if (movable(*t))
            return t;
    return first_ && movable(*first_) ? first_ : nullptr;
}

void runqueue::give(thread& t, u32 cpu) noexcept {
    if (!real_time(t)) {
        account();
        t.lag_ = bounded(static_cast<i64>(average() - t.key_));
    }
    erase(t);
    t.attached_.store(false, std::memory_order_relaxed);
    forward(t, cpu);
}

void runqueue::answer_requests() noexcept {
    while (pull_request* request = requests_.pop()) {
        const u32 cpu = request->cpu;
        if (thread* t = first_ ? movable_to(cpu) : nullptr)
            give(*t, cpu);
        request->outstanding.store(false, std::memory_order_release);
    }
}

TRACEPOINT(sched, sched_look_for_work, u32 cpu);
/// About to be idle: asks the CPU with the most ready threads for one.
void runqueue::look_for_work() noexcept {
    TRACE(sched_look_for_work, id_);
    if (own_request_.outstanding.load(std::memory_order_acquire))
        return;
    const u32 cpus = arch::cpu_count();
    const u32 looks = cpus > 16 ? 16 : cpus;
    const u32 start = cpus > 16 ? search_start(id_) : id_ + 1;
    u32 busiest = id_, most = 0;
    for (u32 i = 0; i < looks; ++i) {
        const u32 cpu = (start + i) % cpus;
        const runqueue& q = runqueues.of(cpu);
        if (cpu != id_ && q.online() && q.ready() > most)
            busiest = cpu, most = q.ready();
    }
    if (most == 0)
        return;
    own_request_.outstanding.store(true, std::memory_order_relaxed);
    runqueues.of(busiest).ask(own_request_);
}

TRACEPOINT(sched, sched_load, u32 cpu, u32 ready);
/// On the tick of a CPU with ready threads: gives to idle CPUs, and now and then evens out.
void runqueue::balance() noexcept {
    TRACE(sched_load, id_, ready());
    const u32 cpus = arch::cpu_count();
    if (cpus == 1)
        return;
    const bool even_out = (++ticks_ & 7) == 0;
    const u32 looks = cpus > 16 ? 16 : cpus;
    const u32 start = cpus > 16 ? search_start(id_) : id_ + 1;
    for (u32 i = 0; i < looks && first_; ++i) {
        const u32 cpu = (start + i) % cpus;
        const runqueue& q = runqueues.of(cpu);
        if (cpu == id_ || !q.online() || q.incoming_.has_pushed())
            continue;
        const u32 theirs = q.load();
        if (theirs == 0 || (even_out && theirs + 2 <= load()))
            if (thread* t = movable_to(cpu))
                give(*t, cpu);
    }
}

/// What `finish_switch` does with a thread that has to leave this CPU.
void runqueue::depart(thread& t) noexcept {
    if (!real_time(t))
        t.lag_ = 0;
    auto seen = t.state_.load(std::memory_order_relaxed);
    if (seen == thread_state::waiting &&
        t.state_.compare_exchange_strong(seen, thread_state::waking, std::memory_order_acq_rel))
        seen = thread_state::running;  // ours now: a wake-up without reason, which waits allow
    if (seen == thread_state::running && t.timeout_armed_.load(std::memory_order_relaxed))
        remove_timeout(t);
    t.attached_.store(false, std::memory_order_release);
    // In state `waking` it is about to come in here, and is sent on then.
    if (seen == thread_state::running)
        forward(t, choose_cpu(t, id_));
}

void runqueue::change_affinity(thread& t, const cpu_mask& cpus) noexcept {
    t.affinity_ = cpus;
    t.any_cpu_ = cpus == cpu_mask::all();
    if (allowed(t, id_))
        return;
    if (&t == running_) {
        leaving_ = true;
        arch::this_cpu().need_resched = 1;
    } else if (t.queued_) {
        erase(t);
        depart(t);
    }
}

}  // namespace osprey::sched
