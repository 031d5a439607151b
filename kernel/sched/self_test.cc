// SPDX-License-Identifier: BSD-3-Clause
#include <sched/self_test.hh>
#include <sched/self_test_crew.hh>

#include <arch/clock.hh>
#include <base/assert.hh>
#include <base/log.hh>
#include <base/vector.hh>
#include <sched/scheduler.hh>
#include <sched/timer.hh>
#include <sync/condvar.hh>
#include <sync/event.hh>
#include <sync/rcu.hh>
#include <sync/rwlock.hh>
#include <sync/semaphore.hh>

namespace osprey::sched {
namespace {

using namespace self_testing;

constexpr int patience = 60'000;  // ms for what is sure to come, but late on a busy host

void report(const char* what, u64 cycles, u64 operations) noexcept {
    log::notice("selftest: {}: {} cycles each", what, cycles / operations);
}

void test_yield() noexcept {
    constexpr u32 rounds = 2000;
    static constinit std::atomic<u32> running{0};
    static constinit std::atomic<u64> cycles{0};
    running = 0;
    crew threads;
    for (int i = 0; i < 2; ++i)
        threads.add(
            [](u32) {
                running.fetch_add(1);
                while (running.load() < 2)
                    yield();
                const u64 start = arch::cycle_counter();
                for (u32 i = 0; i < rounds; ++i)
                    yield();
                cycles = arch::cycle_counter() - start;
            },
            {}, cpu_mask::only(0));
    threads.join();
    report("yield between two threads", cycles, 2 * rounds);
}

void test_events() noexcept {
    constexpr u32 rounds = 2000;
    static constinit sync::event to_first, to_second;
    static constinit std::atomic<u64> cycles{0};
    crew threads;
    threads.add(
        [](u32) {
            const u64 start = arch::cycle_counter();
            for (u32 i = 0; i < rounds; ++i) {
                to_second.signal();
                (void)to_first.wait();
            }
            cycles = arch::cycle_counter() - start;
        },
        {}, cpu_mask::only(0));
    threads.add(
        [](u32) {
            for (u32 i = 0; i < rounds; ++i) {
                (void)to_second.wait();
                to_first.signal();
            }
        },
        {}, cpu_mask::only(0));
    threads.join();
    report("wake-up and switch", cycles, 2 * rounds);
}

void test_mutex() noexcept {
    constexpr u32 rounds = 3000;
    static constinit sync::mutex lock;
    static constinit u64 counter;
    static constinit std::atomic<u32> inside{0};
    counter = 0;
    const u32 members = 2 * arch::cpu_count() + 1;
    crew threads;
    for (u32 i = 0; i < members; ++i)
        threads.add([](u32 number) {
            for (u32 i = 0; i < rounds; ++i) {
                sync::lock_guard guard{lock};
                check(inside.fetch_add(1, std::memory_order_relaxed) == 0, "mutual exclusion");
                const u64 seen = counter;
                if ((i + number) % 64 == 0)
                    yield();
                counter = seen + 1;
                inside.fetch_sub(1, std::memory_order_relaxed);
            }
        });
    threads.join();
    check(counter == u64{rounds} * members, "no lost increment under the mutex");
    const u64 start = arch::cycle_counter();
    for (int i = 0; i < 1000; ++i) {
        lock.lock();
        lock.unlock();
    }
    report("uncontended mutex", arch::cycle_counter() - start, 1000);
}

void test_sleep() noexcept {
    crew threads;
    for (u32 i = 0; i < 8; ++i)
        threads.add([](u32 number) {
            for (u32 i = 0; i < 5; ++i) {
                const auto time = duration::microseconds(500 * (number + 1));
                const instant start = arch::now();
                check(sleep_until(start + time, wait_mode::uninterruptible).has_value(), "sleep");
                check(arch::now() - start >= time, "sleep of at least the time asked for");
            }
        });
    threads.join();
}

void test_migration() noexcept {
    crew threads;
    for (u32 i = 0; i < 2 * arch::cpu_count(); ++i)
        threads.add([](u32 number) {
            for (u32 i = 0; i < 200; ++i) {
                const u32 cpu = (number + i * 7) % arch::cpu_count();
                check(current().set_affinity(cpu_mask::only(cpu)).has_value(), "affinity");
                check(arch::cpu_id() == cpu, "running where affinity says");
                if (i % 8 == 0)
                    yield();
                check(arch::cpu_id() == cpu, "staying where affinity says");
            }
        });
    threads.join();
}

void test_remote_migration() noexcept {
    static constinit std::atomic<bool> stop;
    stop = false;
    crew threads;
    thread* targets[4] = {};
    static constinit std::atomic<thread*> seen[4];
    for (u32 i = 0; i < 4; ++i) {
        seen[i] = nullptr;
        threads.add([](u32 number) {
            seen[number] = &current();
            while (!stop.load(std::memory_order_relaxed)) {
                if (number % 2)
                    (void)sleep_until(arch::now() + duration::microseconds(50),
                                      wait_mode::uninterruptible);
                else
                    yield();
            }
        });
    }
    for (u32 i = 0; i < 4; ++i)
        while (!(targets[i] = seen[i].load()))
            yield();
    for (u32 i = 0; i < 400; ++i) {
        thread& t = *targets[i % 4];
        const u32 cpu = i / 4 % arch::cpu_count();
        check(t.set_affinity(i % 5 ? cpu_mask::only(cpu) : cpu_mask::all()).has_value(),
              "affinity of another thread");
        scheduling how{};
        how.nice = static_cast<i8>(i % 20);
        check(t.set_scheduling(how).has_value(), "scheduling of another thread");
        if (i % 16 == 0)
            yield();
    }
    stop = true;
    threads.join();
}

void test_semaphore() noexcept {
    constexpr u32 items = 3000;
    static constinit sync::semaphore filled{0}, room{16};
    static constinit std::atomic<u32> produced{0}, consumed{0};
    produced = consumed = 0;
    crew threads;
    for (int i = 0; i < 3; ++i)
        threads.add([](u32) {
            for (u32 i = 0; i < items; ++i) {
                (void)room.acquire(wait_mode::uninterruptible);
                check(produced.fetch_add(1) - consumed.load() <= 16 + 3, "bounded buffer");
                filled.release();
            }
        });
    for (int i = 0; i < 3; ++i)
        threads.add([](u32) {
            for (u32 i = 0; i < items; ++i) {
                (void)filled.acquire(wait_mode::uninterruptible);
                consumed.fetch_add(1);
                room.release();
            }
        });
    threads.join();
    check(consumed == 3 * items, "everything produced is consumed");
}

void test_condvar() noexcept {
    static constinit sync::mutex lock;
    static constinit sync::condvar changed;
    static constinit u32 turn;
    turn = 0;
    static constinit u32 members;
    members = arch::cpu_count() + 2;
    crew threads;
    for (u32 i = 0; i < members; ++i)
        threads.add([](u32 number) {
            for (u32 i = 0; i < 200; ++i) {
                sync::lock_guard guard{lock};
                while (turn % members != number)
                    (void)changed.wait(lock);
                ++turn;
                changed.wake_all();
            }
        });
    threads.join();
    check(turn == 200 * members, "turns taken in order");
    sync::lock_guard guard{lock};
    const auto outcome =
        changed.wait(lock, wait_mode::uninterruptible, arch::now() + duration::milliseconds(2));
    check(!outcome && outcome.error() == errc::timed_out, "time-out of a condition variable");
}

void test_rwlock() noexcept {
    static constinit sync::rwlock lock;
    static constinit u64 a, b;
    a = b = 0;
    crew threads;
    for (u32 i = 0; i < 2 * arch::cpu_count() + 2; ++i)
        threads.add([](u32 number) {
            for (u32 i = 0; i < 1000; ++i)
                if ((i + number) % 8 == 0) {
                    sync::lock_guard guard{lock};
                    ++a;
                    if (i % 32 == 0)
                        yield();
                    ++b;
                } else {
                    sync::shared_guard guard{lock};
                    const u64 seen = a;
                    if (i % 64 == 1)
                        yield();
                    check(seen == b, "readers see no half-done write");
                }
        });
    threads.join();
    check(a == b && a == 125 * (2 * arch::cpu_count() + 2), "no lost write");
}

struct rcu_item {
    u64 value, check;
    sync::rcu_head head;
};

void test_rcu() noexcept {
    static constinit sync::rcu_pointer<rcu_item> published;
    static constinit std::atomic<bool> stop{false};
    static constinit std::atomic<u32> freed{0};
    stop = false;
    freed = 0;
    published.publish(new (std::nothrow) rcu_item{0, ~u64{0}, {}});
    crew threads;
    for (u32 i = 0; i < arch::cpu_count() + 1; ++i)
        threads.add([](u32) {
            while (!stop.load(std::memory_order_relaxed)) {
                for (int n = 0; n < 50; ++n) {
                    sync::rcu_read_guard reading;
                    const rcu_item* item = published.read();
                    const u64 value = item->value;
                    for (int spin = 0; spin < 20; ++spin)
                        arch::relax();
                    check(item->check == ~value, "an object stays while it is read");
                }
                yield();
            }
        });
    constexpr u32 updates = 500;
    for (u32 i = 1; i <= updates; ++i) {
        auto* fresh = new (std::nothrow) rcu_item{i, ~u64{i}, {}};
        if (!fresh)
            break;
        rcu_item* old = published.read();
        published.publish(fresh);
        const auto free = [](sync::rcu_head* head) {
            auto* item = reinterpret_cast<rcu_item*>(reinterpret_cast<char*>(head) -
                                                     offsetof(rcu_item, head));
            item->check = 0;
            delete item;
            freed.fetch_add(1);
        };
        if (i % 50 == 0) {
            sync::rcu_synchronize();
            free(&old->head);
        } else {
            sync::rcu_defer(old->head, free);
        }
        if (i % 10 == 0)
            yield();
    }
    stop = true;
    threads.join();
    for (int i = 0; i < patience / 5 && freed != updates; ++i)
        (void)sleep_until(arch::now() + duration::milliseconds(5), wait_mode::uninterruptible);
    check(freed == updates, "every retired object is freed");
}

void test_creation() noexcept {
    constexpr u32 count = 300;
    static constinit sync::event finished;
    const u64 start = arch::cycle_counter();
    for (u32 i = 0; i < count; ++i) {
        auto t = thread::create(
            "short", [](void*) { finished.signal(); }, nullptr);
        check(t.has_value(), "thread creation");
        if (!t)
            return;
        (*t)->start();
        (void)finished.wait();
    }
    report("thread creation, run and end", arch::cycle_counter() - start, count);
}

void test_real_time() noexcept {
    static constinit std::atomic<u32> stage{0};
    stage = 0;
    static constinit sync::event go;
    crew threads;
    threads.add(
        [](u32) {
            (void)go.wait();
            stage = 2;
        },
        {.kind = policy::fifo, .priority = 10}, cpu_mask::only(0));
    threads.add(
        [](u32) {
            for (int i = 0; i < 100; ++i)
                yield();  // the other waits by now
            stage = 1;
            go.signal();
            check(stage == 2, "a real-time thread runs at once");
        },
        {}, cpu_mask::only(0));
    threads.join();
}

void test_timers() noexcept {
    static constinit std::atomic<u32> fired{0};
    fired = 0;
    constexpr auto count = [](timer&) noexcept {
        fired.fetch_add(1);
    };
    timer a{count}, b{count}, c{count};
    const instant now = arch::now();
    a.arm(now + duration::milliseconds(2));
    b.arm(now + duration::milliseconds(1));
    c.arm(now + duration::seconds(60));
    // On a busy host more than 2 ms may have passed by now: then `a` has fired once already.
    const u32 expected = a.arm(now + duration::milliseconds(3)) ? 2 : 3;
    check(c.cancel(), "cancelling a pending timer");
    check(!c.cancel(), "a cancelled timer is not pending");
    for (int i = 0; i < patience / 2 && fired < expected; ++i)
        (void)sleep_until(arch::now() + duration::milliseconds(2), wait_mode::uninterruptible);
    check(fired == expected, "timers fire once");
    check(arch::now() >= now + duration::milliseconds(3), "timers fire in time");
}

void test_interrupt() noexcept {
    static constinit std::atomic<thread*> sleeper{nullptr};
    sleeper = nullptr;
    crew threads;
    threads.add([](u32) {
        sleeper = &current();
        const auto outcome = sleep_until(arch::now() + duration::seconds(60));
        check(!outcome && outcome.error() == errc::interrupted, "a signal ends a sleep");
        current().interrupted = false;
    });
    while (!sleeper)
        yield();
    interrupt(*sleeper, severity::signal);
    threads.join();
}

}  // namespace

bool self_test() noexcept {
    struct {
        const char* name;
        void (*run)() noexcept;
    } constexpr tests[] = {
        {"yield", test_yield},           {"events", test_events},
        {"mutex", test_mutex},           {"sleep", test_sleep},
        {"migration", test_migration},   {"remote migration", test_remote_migration},
        {"semaphore", test_semaphore},   {"condvar", test_condvar},
        {"rwlock", test_rwlock},         {"rcu", test_rcu},
        {"creation", test_creation},     {"shares", test_shares},
        {"real time", test_real_time},   {"timers", test_timers},
        {"interruption", test_interrupt}};
    for (const auto& test : tests) {
        const instant start = arch::now();
        test.run();
        log::notice("selftest: {} done after {} us", test.name, (arch::now() - start).ns / 1000);
    }
    u32 threads = 0;
    for_each_thread([](thread&, void* count) { ++*static_cast<u32*>(count); }, &threads);
    log::notice("selftest: {} threads left, {} failures", threads, failures.load());
    return failures == 0;
}

}  // namespace osprey::sched
