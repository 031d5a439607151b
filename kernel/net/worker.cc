// SPDX-License-Identifier: BSD-3-Clause
#include <arch/per_cpu.hh>
#include <base/mpsc_queue.hh>
#include <net/worker.hh>
#include <sched/scheduler.hh>
#include <sync/event.hh>

namespace osprey::net {

struct worker_access {
    using queue = mpsc_queue<deferred_work, &deferred_work::next_>;

    static void run(deferred_work& w) noexcept {
        // Before the work: what is asked for from here on is owed another run.
        w.pending_.store(false, std::memory_order_seq_cst);
        w.function_(w);
    }
};

namespace {

struct worker {
    worker_access::queue queue;
    sync::event asked;
};
OSPREY_PER_CPU(worker, workers);

void work(void* argument) {
    auto& me = *static_cast<worker*>(argument);
    for (;;) {
        while (deferred_work* w = me.queue.pop())
            worker_access::run(*w);
        (void)me.asked.wait();
    }
}

}  // namespace

bool deferred_work::schedule() noexcept {
    // Always a full exchange: what the caller changed before must be seen by the run it owes.
    if (pending_.exchange(true, std::memory_order_seq_cst))
        return false;
    arch::preempt_guard here;
    worker& mine = workers.mine();
    if (mine.queue.push(*this))
        mine.asked.signal();
    return true;
}

result<void> start_workers() noexcept {
    for (u32 cpu = 0; cpu < arch::cpu_count(); ++cpu) {
        auto t = TRY(sched::thread::create("network", work, &workers.of(cpu)));
        TRY_VOID(t->set_affinity(cpu_mask::only(cpu)));
        t->start();
    }
    return ok;
}

}  // namespace osprey::net
