// SPDX-License-Identifier: BSD-3-Clause
#include "../support/host_sched.hh"

#include <gtest/gtest.h>
#include <sync/condvar.hh>
#include <sync/event.hh>
#include <sync/rwlock.hh>
#include <sync/semaphore.hh>
#include <vector>

using namespace osprey;

namespace {
void run(int count, const std::function<void(int)>& body) {
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i)
        threads.push_back(test::run_thread([&body, i] { body(i); }));
    for (auto& t : threads)
        t.join();
}
}  // namespace

TEST(mutex_test, plain_counter_is_protected) {
    sync::mutex lock;
    u64 counter = 0;
    run(4, [&](int number) {
        for (int i = 0; i < 3000; ++i) {
            sync::lock_guard guard{lock};
            ++counter;
            if ((i + number) % 128 == 0)
                std::this_thread::yield();
        }
    });
    EXPECT_EQ(counter, 12000u);
}

TEST(mutex_test, try_lock) {
    sync::mutex lock;
    u64 counter = 0, taken = 0;
    std::atomic<u64> successes{0};
    run(3, [&](int) {
        for (int i = 0; i < 3000; ++i)
            if (lock.try_lock()) {
                ++counter;
                successes.fetch_add(1, std::memory_order_relaxed);
                lock.unlock();
            }
    });
    taken = successes;
    EXPECT_EQ(counter, taken);
}

TEST(semaphore_test, bounded_buffer) {
    sync::semaphore filled{0}, room{4};
    std::atomic<int> level{0};
    run(6, [&](int number) {
        for (int i = 0; i < 2000; ++i)
            if (number % 2) {
                (void)room.acquire();
                EXPECT_LE(level.fetch_add(1), 4);
                filled.release();
            } else {
                (void)filled.acquire();
                level.fetch_sub(1);
                room.release();
            }
    });
    EXPECT_EQ(level, 0);
}

TEST(condvar_test, turns) {
    sync::mutex lock;
    sync::condvar changed;
    u32 turn = 0;
    run(3, [&](int number) {
        for (int i = 0; i < 300; ++i) {
            sync::lock_guard guard{lock};
            while (turn % 3 != static_cast<u32>(number))
                (void)changed.wait(lock);
            ++turn;
            changed.wake_all();
        }
    });
    EXPECT_EQ(turn, 900u);
}

TEST(rwlock_test, readers_see_whole_writes) {
    sync::rwlock lock;
    u64 a = 0, b = 0;
    run(4, [&](int number) {
        for (int i = 0; i < 2000; ++i)
            if ((i + number) % 8 == 0) {
                sync::lock_guard guard{lock};
                ++a;
                ++b;
            } else {
                sync::shared_guard guard{lock};
                EXPECT_EQ(a, b);
            }
    });
    EXPECT_EQ(a, 1000u);
}

TEST(event_test, ping_pong) {
    sync::event ping, pong;
    u64 plain = 0;
    run(2, [&](int number) {
        for (int i = 0; i < 2000; ++i)
            if (number == 0) {
                ++plain;
                ping.signal();
                (void)pong.wait();
            } else {
                (void)ping.wait();
                ++plain;
                pong.signal();
            }
    });
    EXPECT_EQ(plain, 4000u);
}
