// SPDX-License-Identifier: BSD-3-Clause
// Read-copy-update. Readers run with preemption off, so a CPU that switches threads, runs
// application code, or runs a thread with preemption on, is in no read section of before.
//
// A grace period is over when each CPU has been seen like that once. CPUs count their quiescent
// moments (run queue: every switch); one that does not move is interrupted and asked.
#include <sync/rcu.hh>

#include <arch/per_cpu.hh>
#include <base/assert.hh>
#include <sched/runqueue.hh>
#include <trace/tracepoint.hh>

namespace osprey::sync {
namespace {

constexpr duration batch_delay = duration::milliseconds(5);
constexpr duration retry_delay = duration::milliseconds(1);
constexpr u32 urgent_count = 4096;

struct callback_list {
    std::atomic<rcu_head*> newest{nullptr};
    std::atomic<u32> count{0};
};
OSPREY_PER_CPU(callback_list, callbacks);

constinit sched::thread* worker = nullptr;
constinit std::atomic<bool> work_waiting{false};
constinit std::atomic<u32> running{0};  // callbacks that were collected and are not done

/// In interrupt context of the CPU asked.
void ask_quiescent(void*) noexcept {
    arch::cpu_block& cpu = arch::this_cpu();
    if (cpu.preempt_count == cpu.interrupt_depth)  // each interrupt counts in both
        sched::runqueues.mine().quiescent();
    else
        cpu.need_resched = 1;  // the end of the read section will count
}

[[nodiscard]] u64 moments(u32 cpu) noexcept {
    return sched::runqueues.of(cpu).quiescent_moments();
}

/// Waits until `cpu` has passed a quiescent moment later than `seen`.
void wait_for_cpu(u32 cpu, u64 seen) noexcept {
    while (moments(cpu) == seen) {
        arch::call_on_cpu(cpu, ask_quiescent, nullptr);
        if (moments(cpu) == seen)
            (void)sched::sleep_until(arch::now() + retry_delay, sched::wait_mode::uninterruptible);
    }
}

/// Takes the callbacks of all CPUs, oldest first.
rcu_head* collect() noexcept {
    rcu_head* all = nullptr;
    for (u32 cpu = 0; cpu < arch::cpu_count(); ++cpu) {
        callback_list& list = callbacks.of(cpu);
        if (!list.newest.load(std::memory_order_relaxed))
            continue;
        list.count.store(0, std::memory_order_relaxed);
        rcu_head* head = list.newest.exchange(nullptr, std::memory_order_acquire);
        while (head) {
            rcu_head* older = head->next;
            head->next = all;
            all = head;
            head = older;
            running.fetch_add(1, std::memory_order_relaxed);
        }
    }
    return all;
}

void run_callbacks(void*) noexcept {
    for (;;) {
        (void)sched::wait_until(
            []() noexcept { return work_waiting.load(std::memory_order_seq_cst); });
        // Gathers company. Not for long lists: they hold memory.
        sched::begin_wait();
        if (work_waiting.load(std::memory_order_relaxed))
            (void)sched::commit_wait(sched::wait_mode::uninterruptible, arch::now() + batch_delay);
        else
            sched::cancel_wait();
        work_waiting.store(false, std::memory_order_seq_cst);
        rcu_head* batch = collect();
        if (!batch)
            continue;
        rcu_synchronize();
        while (batch) {
            rcu_head* next = batch->next;
            batch->function(batch);
            running.fetch_sub(1, std::memory_order_relaxed);
            batch = next;
        }
    }
}

}  // namespace

TRACEPOINT(rcu, rcu_defer, trace::address head);
void rcu_defer(rcu_head& head, void (*function)(rcu_head*)) noexcept {
    TRACE(rcu_defer, &head);
    arch::preempt_guard stay;
    head.function = function;
    callback_list& list = callbacks.mine();
    rcu_head* seen = list.newest.load(std::memory_order_relaxed);
    do
        head.next = seen;
    while (!list.newest.compare_exchange_weak(seen, &head, std::memory_order_release,
                                              std::memory_order_relaxed));
    const u32 count = list.count.load(std::memory_order_relaxed) + 1;
    list.count.store(count, std::memory_order_relaxed);
    if (seen && count != urgent_count)
        return;
    work_waiting.store(true, std::memory_order_seq_cst);
    if (worker)
        sched::wake(*worker);
}

TRACEPOINT(rcu, rcu_synchronize);
void rcu_synchronize() noexcept {
    TRACE(rcu_synchronize);
    debug_ensure(arch::this_cpu().preempt_count == 0, "rcu_synchronize inside a read section");
    std::atomic_thread_fence(std::memory_order_seq_cst);
    const u32 cpus = arch::cpu_count();
    // This thread may move, so its own CPU of now is no exception; being here is its quiescence.
    for (u32 cpu = 0; cpu < cpus && cpus > 1; ++cpu)
        if (sched::runqueues.of(cpu).online())
            wait_for_cpu(cpu, moments(cpu));
    std::atomic_thread_fence(std::memory_order_seq_cst);
}

u64 rcu_waiting() noexcept {
    u64 count = running.load(std::memory_order_relaxed);
    for (u32 cpu = 0; cpu < arch::cpu_count(); ++cpu)
        count += callbacks.of(cpu).count.load(std::memory_order_relaxed);
    return count;
}

result<void> start_rcu() noexcept {
    // Before all applications: those that end many threads or programs would otherwise leave
    // memory behind faster than a thread among equals gives it back.
    auto t = TRY(sched::thread::create("rcu", run_callbacks, nullptr,
                                       {.kind = sched::policy::fifo, .priority = 1}));
    worker = t.release();  // runs for ever
    worker->start();
    return {};
}

}  // namespace osprey::sync

void osprey::retire(retired& head, void (*function)(retired*)) noexcept {
    sync::rcu_defer(head, function);
}
