// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <arch/clock.hh>
#include <arch/per_cpu.hh>
#include <base/intrusive_tree.hh>
#include <base/mpsc_queue.hh>
#include <sched/scheduler.hh>

namespace osprey::sched {

/// What a CPU without work sends to one with too much.
struct pull_request {
    std::atomic<pull_request*> next{nullptr};
    u32 cpu = 0;                           // who asks
    std::atomic<bool> outstanding{false};  // not answered yet
};

/// The threads that are ready to run on one CPU, and all that this CPU keeps for scheduling.
///
/// Only the own CPU, interrupts off, touches it; others reach `send`, `ask` and the atomics.
///
/// One order for all classes: the thread with the smallest key runs. Real-time keys are
/// (99 - priority) << 48 | arrival and lie below all others; fair keys are a virtual run time:
/// cycles used, divided by weight. A thread that falls asleep keeps its lag (what it is owed
/// against the average of the queue), and gets it back where it wakes, as in EEVDF (Stoica,
/// Abdel-Wahab 1995), so that sleeping neither earns nor loses time and keys need not be comparable
/// across CPUs.
class runqueue {
public:
    constexpr runqueue() noexcept = default;

    void start(thread& running, thread& idle) noexcept;

    // Any CPU, any context
    /// Hands over a thread that is attached to no CPU, in state `waking`, `running` or `created`.
    void send(thread& t) noexcept;
    void ask(pull_request& request) noexcept;
    [[nodiscard]] u32 load() const noexcept {
        return ready_.load(std::memory_order_relaxed) + busy_.load(std::memory_order_relaxed);
    }
    [[nodiscard]] u32 ready() const noexcept { return ready_.load(std::memory_order_relaxed); }
    [[nodiscard]] bool online() const noexcept { return online_.load(std::memory_order_acquire); }
    /// Grows at each moment when this CPU is in no RCU read section.
    [[nodiscard]] u64 quiescent_moments() const noexcept {
        return quiescent_.load(std::memory_order_acquire);
    }
    [[nodiscard]] bool idle() const noexcept { return idle_.load(std::memory_order_seq_cst); }

    // Own CPU, interrupts off
    void quiescent() noexcept {
        quiescent_.store(quiescent_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    }
    [[nodiscard]] bool has_incoming() const noexcept {
        return incoming_.has_pushed() || requests_.has_pushed();
    }
    void take_incoming() noexcept;
    /// Makes a thread that was woken (or moved here) ready, here or on a better CPU.
    void accept(thread& t) noexcept;
    /// Switches away from `me`, which does not stay ready: it sleeps or is finished.
    void block(thread& me) noexcept;
    void yield(thread& me) noexcept;
    void preempt() noexcept;
    void idle_loop_turn() noexcept;
    void finish_switch() noexcept;

    void arm_timeout(thread& t, instant deadline) noexcept;
    void timer_interrupt(arch::cpu_mode interrupted) noexcept;

    /// Changes of a thread that is attached here, by its own CPU.
    void change_scheduling(thread& t, scheduling how) noexcept;
    void change_affinity(thread& t, const cpu_mask& cpus) noexcept;

    /// Kernel stacks of threads that ended here. 0: none kept.
    u64 take_stack() noexcept { return stacks_kept_ ? stacks_[--stacks_kept_] : 0; }
    bool keep_stack(u64 stack) noexcept {
        if (stacks_kept_ == stacks_capacity)
            return false;
        stacks_[stacks_kept_++] = stack;
        return true;
    }

    void account() noexcept;
    [[nodiscard]] u64 idle_cycles() const noexcept;
    [[nodiscard]] cpu_times times() const noexcept;

    static void set_weight(thread& t, scheduling how) noexcept;
    /// A CPU for a thread that is attached to none: idle ones first.
    static u32 choose_cpu(thread& t, u32 preferred) noexcept;

private:
    friend struct scheduler_access;
    static constexpr u64 fair_base = u64{1} << 62;
    static constexpr usize stacks_capacity = 8;

    static bool real_time(const thread& t) noexcept { return t.key_ < fair_base; }
    /// As Linux's records have them: 0…98 real-time, 100…139 by nice.
    static i32 traced_priority(const thread& t) noexcept {
        const bool fifo =
            t.scheduling_.kind == policy::fifo || t.scheduling_.kind == policy::round_robin;
        return fifo ? 99 - t.scheduling_.priority : 120 + t.scheduling_.nice;
    }
    static i64 traced_state(const thread& t) noexcept;
    static void trace_migration(const thread& t, u32 from, u32 to) noexcept;
    static bool allowed(const thread& t, u32 cpu) noexcept {
        return t.any_cpu_ || t.affinity_.contains(cpu);
    }
    static i64 bounded(i64 lag) noexcept;
    [[nodiscard]] u64 average() const noexcept;
    [[nodiscard]] i64 lag_of_running() const noexcept;
    void set_key(thread& t) noexcept;
    u64 real_time_key(u8 priority) noexcept {
        return u64{99u - priority} << 48 | (arrival_++ & ((u64{1} << 48) - 1));
    }
    void insert(thread& t) noexcept;
    void erase(thread& t) noexcept;
    void uncount(thread& t) noexcept;
    thread* pop_first() noexcept;
    thread& pop_first_or_idle() noexcept;
    [[nodiscard]] bool preempts(const thread& t, const thread& running) const noexcept;
    void switch_to(thread& from, thread& to) noexcept;
    void remove_timeout(thread& t) noexcept;
    void forward(thread& t, u32 cpu) noexcept;
    void depart(thread& t) noexcept;
    void start_tick() noexcept {
        if (!tick_on_)
            start_tick_slow();
    }
    void start_tick_slow() noexcept;
    void tick() noexcept;
    void start_samples(instant now) noexcept;
    void sample(arch::cpu_mode interrupted) noexcept;
    void program_timer() noexcept;
    void balance() noexcept;
    thread* movable_to(u32 cpu) noexcept;
    void give(thread& t, u32 cpu) noexcept;
    void answer_requests() noexcept;
    void look_for_work() noexcept;

    struct timeout_of {
        u64 operator()(const thread& t) const noexcept { return t.timeout_at_.ns; }
    };
    struct key_of {
        u64 operator()(const thread& t) const noexcept { return t.key_; }
    };

    // Shared with other CPUs
    mpsc_queue<thread, &thread::incoming_next_> incoming_;
    mpsc_queue<pull_request, &pull_request::next> requests_;
    std::atomic<u32> ready_{0};  // threads in the queue
    std::atomic<u32> busy_{0};   // 1: the running thread is not the idle thread
    std::atomic<bool> online_{false}, idle_{false};
    std::atomic<u64> quiescent_{0};
    pull_request own_request_;

    // The queue: the first one apart, so that with up to two threads no tree is touched
    thread* first_ = nullptr;
    intrusive_tree<thread, &thread::run_hook_, key_of{}> rest_;
    u64 weights_ = 0;        // sum over the queue, fair threads only
    i64 weighted_keys_ = 0;  // sum of (key - zero_) * weight over the same
    u64 zero_ = fair_base;
    u64 arrival_ = u64{1} << 40;

    thread* running_ = nullptr;
    thread* idle_thread_ = nullptr;
    thread* departed_ = nullptr;  // was switched out and does not stay; see finish_switch
    u64 stretch_started_ = 0;     // cycle counter when accounting was last done
    u32 id_ = 0;
    bool leaving_ = false;  // the running thread may not stay on this CPU

    // Timer: a tick while threads queue, samples while threads of applications run, and time-outs
    // of sleepers
    bool tick_on_ = false;
    bool samples_on_ = false;
    u8 ticks_ = 0;
    instant tick_at_ = instant::never();
    instant sample_at_ = instant::never();
    instant armed_ = instant::never();
    intrusive_tree<thread, &thread::timeout_hook_, timeout_of{}> timeouts_;

    usize stacks_kept_ = 0;
    u64 stacks_[stacks_capacity] = {};

    u64 cycles_idle_ = 0, cycles_busy_[time_kinds] = {}, queued_ns_ = 0, switches_ = 0;
};

extern arch::per_cpu<runqueue> runqueues;

/// Cycle counter units.
struct cycle_spans {
    u64 granularity;  // how far ahead a fair thread must be to preempt at once
    u64 longest_lag;
    u64 round;      // SCHED_RR time slice
    u64 hand_over;  // "at once" for the hand-over prediction
};
extern cycle_spans spans;
inline constexpr duration tick_length = duration::milliseconds(3);
/// How often it is looked whether an application's thread is in the kernel. As USER_HZ, so that no
/// figure of procfs could tell more.
inline constexpr duration sample_length = duration::milliseconds(10);
u64 cycles_to_ns(u64 cycles) noexcept;

inline i64 runqueue::bounded(i64 lag) noexcept {
    const i64 most = static_cast<i64>(spans.longest_lag);
    return lag > most ? most : lag < -most ? -most : lag;
}

}  // namespace osprey::sched
