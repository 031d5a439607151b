// SPDX-License-Identifier: BSD-3-Clause
#include <sched/timer.hh>

#include <arch/clock.hh>
#include <arch/per_cpu.hh>
#include <base/assert.hh>
#include <sched/scheduler.hh>
#include <sched/timer_queue.hh>
#include <sync/condvar.hh>
#include <trace/tracepoint.hh>

namespace osprey::sched {

/// The timers of one CPU, ordered by deadline, and the thread that runs them.
class timer_queue {
public:
    constexpr timer_queue() noexcept = default;

    result<void> start(u32 cpu) noexcept;
    static timer_queue& lock_of(timer& t) noexcept;
    void unlock() noexcept { mutex_.unlock(); }
    void add(timer& t, instant deadline) noexcept;
    bool remove(timer& t) noexcept;
    void wait_while_running(timer& t) noexcept;
    [[nodiscard]] bool is_running(const timer& t) const noexcept { return running_ == &t; }

private:
    [[noreturn]] void run() noexcept;

    sync::mutex mutex_{sync::lock_rank::timers};
    struct deadline_of {
        u64 operator()(const timer& t) const noexcept { return t.deadline_.ns; }
    };
    intrusive_tree<timer, &timer::hook_, deadline_of{}> timers_;
    timer* running_ = nullptr;  // its callback is running; may be gone by then
    thread* thread_ = nullptr;
    std::atomic<u64> wakes_at_{~u64{0}};
    sync::condvar finished_;
};

namespace {
OSPREY_PER_CPU(timer_queue, timer_queues);
}

result<void> start_timer_threads() noexcept {
    for (u32 cpu = 0; cpu < arch::cpu_count(); ++cpu)
        TRY_VOID(timer_queues.of(cpu).start(cpu));
    return {};
}

void initialize_timer_queue() noexcept {
    // A copy of the per-CPU template: its containers point into the original.
    std::construct_at(&timer_queues.mine());
}

result<void> timer_queue::start(u32 cpu) noexcept {
    auto t = TRY(thread::create(
        "timer", [](void* queue) { static_cast<timer_queue*>(queue)->run(); }, this));
    TRY_VOID(t->set_affinity(cpu_mask::only(cpu)));
    mutex_.lock();
    thread_ = t.get();
    mutex_.unlock();
    t->start();
    (void)t.release();  // runs for ever
    return {};
}

TRACEPOINT(timer, timer_fired, trace::address timer);
void timer_queue::run() noexcept {
    for (;;) {
        mutex_.lock();
        const instant now = arch::now();
        while (timer* t = timers_.first()) {
            if (t->deadline_ > now)
                break;
            timers_.remove(*t);
            t->pending_ = false;
            running_ = t;
            mutex_.unlock();
            TRACE(timer_fired, t);
            t->function_(*t);
            mutex_.lock();
            running_ = nullptr;
            finished_.wake_all();
        }
        const timer* next = timers_.first();
        const u64 until = next ? next->deadline_.ns : instant::never().ns;
        wakes_at_.store(until, std::memory_order_relaxed);
        mutex_.unlock();
        // Who adds an earlier deadline from here on changes `wakes_at_` and wakes this thread.
        begin_wait();
        if (wakes_at_.load(std::memory_order_relaxed) != until)
            cancel_wait();
        else
            (void)commit_wait(wait_mode::uninterruptible, {until});
    }
}

/// Locks the queue where `t` is or was last.
timer_queue& timer_queue::lock_of(timer& t) noexcept {
    for (;;) {
        const u32 cpu = __atomic_load_n(&t.cpu_, __ATOMIC_RELAXED);
        timer_queue& q = timer_queues.of(cpu);
        q.mutex_.lock();
        if (__atomic_load_n(&t.cpu_, __ATOMIC_RELAXED) == cpu)
            return q;
        q.mutex_.unlock();
    }
}

void timer_queue::add(timer& t, instant deadline) noexcept {
    t.deadline_ = deadline;
    t.pending_ = true;
    timers_.insert(t);
    if (deadline.ns < wakes_at_.load(std::memory_order_relaxed)) {
        wakes_at_.store(deadline.ns, std::memory_order_relaxed);
        if (thread_)
            wake(*thread_);
    }
}

bool timer_queue::remove(timer& t) noexcept {
    if (!t.pending_)
        return false;
    timers_.remove(t);
    t.pending_ = false;
    return true;
}

void timer_queue::wait_while_running(timer& t) noexcept {
    while (running_ == &t && thread_ != &current())
        (void)finished_.wait(mutex_);
}

TRACEPOINT(timer, timer_set, trace::address timer, u64 deadline);
bool timer::arm(instant deadline) noexcept {
    TRACE(timer_set, this, deadline.ns);
    if (cpu_ == nowhere)
        cpu_ = arch::cpu_id();
    timer_queue& old = timer_queue::lock_of(*this);
    bool replaced = old.remove(*this);
    // A callback that runs keeps its queue, so that `cancel` finds it there.
    const u32 here = arch::cpu_id();  // a moment's value is as good as any
    timer_queue& local = timer_queues.of(here);
    if (&local == &old || old.is_running(*this)) {
        old.add(*this, deadline);
        old.unlock();
        return replaced;
    }
    __atomic_store_n(&cpu_, here, __ATOMIC_RELAXED);
    old.unlock();
    timer_queue& now = timer_queue::lock_of(*this);
    replaced |= now.remove(*this);
    now.add(*this, deadline);
    now.unlock();
    return replaced;
}

TRACEPOINT(timer, timer_cancel, trace::address timer);
bool timer::cancel() noexcept {
    TRACE(timer_cancel, this);
    if (cpu_ == nowhere)
        return false;
    timer_queue& q = timer_queue::lock_of(*this);
    const bool was_pending = q.remove(*this);
    q.wait_while_running(*this);
    q.unlock();
    return was_pending;
}

}  // namespace osprey::sched
