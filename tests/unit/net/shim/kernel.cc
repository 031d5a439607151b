// SPDX-License-Identifier: BSD-3-Clause
#include "kernel.hh"

#include <arch/clock.hh>
#include <base/log.hh>
#include <deque>
#include <mutex>
#include <net/worker.hh>
#include <sched/clock.hh>
#include <sched/timer.hh>
#include <set>
#include <sync/random_pool.hh>
#include <sync/rcu.hh>

#include "../../support/retire_list.hh"

namespace {
std::atomic<osprey::u64> clock_ns{1'000'000'000};
std::recursive_mutex lock;
using timers = std::multiset<std::pair<osprey::u64, osprey::sched::timer*>>;
timers& armed() {
    static auto* const set = new timers;
    return *set;
}
std::deque<osprey::net::deferred_work*>& deferred() {
    static auto* const queue = new std::deque<osprey::net::deferred_work*>;
    return *queue;
}
}  // namespace

namespace osprey {

namespace arch {
instant now() noexcept {
    return {clock_ns.load()};
}
}  // namespace arch

namespace sched {

class timer_queue {
public:
    static void set(timer& t, instant deadline) {
        t.deadline_ = deadline;
        t.pending_ = true;
    }
    static bool clear(timer& t) { return std::exchange(t.pending_, false); }
    static void run(timer& t) { t.function_(t); }
};

bool timer::arm(instant deadline) noexcept {
    std::lock_guard guard{lock};
    const bool replaced = cancel();
    timer_queue::set(*this, deadline);
    armed().insert({deadline.ns, this});
    return replaced;
}

bool timer::cancel() noexcept {
    std::lock_guard guard{lock};
    if (!pending_)
        return false;
    armed().erase({deadline_.ns, this});
    return timer_queue::clear(*this);
}

i64 realtime_ns() noexcept {
    return 1'700'000'000'000'000'000 + static_cast<i64>(clock_ns.load());
}
i64 realtime_offset() noexcept {
    return 1'700'000'000'000'000'000;
}

}  // namespace sched

namespace sync {
void rcu_defer(rcu_head& head, void (*function)(rcu_head*)) noexcept {
    retire(head, function);
}
void rcu_synchronize() noexcept {}
}  // namespace sync

void random_bytes(void* to, usize bytes) noexcept {
    static u64 state = 88172645463325252;  // xorshift: tests must repeat
    for (usize i = 0; i < bytes; ++i) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        static_cast<u8*>(to)[i] = static_cast<u8>(state >> 24);
    }
}
u64 random_number() noexcept {
    u64 n;
    random_bytes(&n, sizeof n);
    return n;
}

namespace log {
void write(level, std::string_view) noexcept {
    ++test::logged_lines;
}
}  // namespace log

namespace net {

struct worker_access {
    static void run(deferred_work& w) {
        w.pending_ = false;
        w.function_(w);
    }
};

bool deferred_work::schedule() noexcept {
    if (pending_.exchange(true))
        return false;
    std::lock_guard guard{lock};
    deferred().push_back(this);
    return true;
}
result<void> start_workers() noexcept {
    return ok;
}

}  // namespace net
}  // namespace osprey

namespace test {

unsigned logged_lines = 0;

unsigned run_deferred() {
    unsigned count = 0;
    for (;; ++count) {
        osprey::net::deferred_work* next;
        {
            std::lock_guard guard{lock};
            if (deferred().empty())
                return count;
            next = deferred().front();
            deferred().pop_front();
        }
        osprey::net::worker_access::run(*next);
    }
}

unsigned end_grace_periods() {
    return static_cast<unsigned>(free_retired());
}

void advance(osprey::duration by) {
    const osprey::u64 until = clock_ns + static_cast<osprey::u64>(by.ns);
    run_deferred();
    for (;;) {
        osprey::sched::timer* due = nullptr;
        {
            std::lock_guard guard{lock};
            const auto first = armed().begin();
            if (first == armed().end() || first->first > until)
                break;
            due = first->second;
            if (first->first > clock_ns)
                clock_ns = first->first;
            armed().erase(first);
            osprey::sched::timer_queue::clear(*due);
        }
        osprey::sched::timer_queue::run(*due);
        run_deferred();
    }
    clock_ns = until;
}

}  // namespace test
