// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/heap.hh>
#include <base/log.hh>
#include <sched/scheduler.hh>
#include <sync/semaphore.hh>

/// What the self-tests of this folder share.
namespace osprey::sched::self_testing {

inline constinit std::atomic<u32> failures{0};

inline void check(bool holds, const char* what) noexcept {
    if (holds)
        return;
    if (failures.fetch_add(1) < 20)
        log::error("selftest: {} does not hold", what);
}

/// Threads that run `body(number)` and are waited for.
class crew {
public:
    using body = void (*)(u32 number);

    void add(body function, scheduling how = {}, const cpu_mask& cpus = cpu_mask::all()) noexcept {
        auto job = make_unique<member>();
        check(job.has_value(), "memory for a member");
        if (!job)
            return;
        member* m = job->release();
        *m = {function, size_++};
        auto t = thread::create("selftest", run, m, how);
        check(t.has_value(), "thread creation");
        if (!t) {
            delete m;
            --size_;
            return;
        }
        check((*t)->set_affinity(cpus).has_value(), "affinity of a new thread");
        (*t)->start();
    }
    void join() noexcept {
        for (; size_; --size_)
            (void)done_.acquire(wait_mode::uninterruptible);
    }

private:
    struct member {
        body function = nullptr;
        u32 number = 0;
    };
    static void run(void* of) noexcept {
        auto* m = static_cast<member*>(of);
        const member job = *m;
        delete m;
        job.function(job.number);
        done_.release();
    }
    u32 size_ = 0;
    // Outlives every crew: a member may still be inside `release` when `join` returns.
    static constinit inline sync::semaphore done_{0};
};

void test_shares() noexcept;

}  // namespace osprey::sched::self_testing
