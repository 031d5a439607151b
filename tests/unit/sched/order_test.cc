// SPDX-License-Identifier: BSD-3-Clause
// Who runs next on one CPU.
#include "machine.hh"

#include <gtest/gtest.h>

namespace {
using namespace test;
using sched::policy;

double share(const sched::thread& t, u64 before, duration of) {
    return static_cast<double>(t.statistics().cpu_time_ns - before) / static_cast<double>(of.ns);
}

TEST(fair, equal_threads_get_equal_shares) {
    machine m;
    sched::thread* threads[] = {&m.spawn(), &m.spawn(), &m.spawn()};
    const auto time = duration::seconds(3);
    m.run(time);
    for (auto* t : threads)
        EXPECT_NEAR(share(*t, 0, time), 1.0 / 3, 0.01);
}

TEST(fair, nice_is_a_weight) {
    machine m;
    auto& normal = m.spawn();
    auto& nice = m.spawn({.nice = 5});
    const auto time = duration::seconds(4);
    m.run(time);
    EXPECT_NEAR(share(normal, 0, time), 1024.0 / (1024 + 335), 0.01);
    EXPECT_NEAR(share(nice, 0, time), 335.0 / (1024 + 335), 0.01);
}

TEST(fair, a_change_of_nice_counts_from_then_on) {
    machine m;
    auto &a = m.spawn(), &b = m.spawn();
    m.run(duration::seconds(1));
    ASSERT_TRUE(b.set_scheduling({.nice = -5}).has_value());
    const u64 before = a.statistics().cpu_time_ns;
    const auto time = duration::seconds(4);
    m.run(time);
    EXPECT_NEAR(share(a, before, time), 1024.0 / (1024 + 3121), 0.01);
}

TEST(fair, sleep_earns_nothing) {
    machine m;
    auto& sleeper = m.spawn();
    ASSERT_TRUE(m.run_until(sleeper));
    m.sleep();
    auto& busy = m.spawn();
    m.run(duration::seconds(2));
    sched::wake(sleeper);
    const u64 before = sleeper.statistics().cpu_time_ns, of_busy = busy.statistics().cpu_time_ns;
    const auto time = duration::milliseconds(100);
    m.run(time);
    EXPECT_NEAR(share(sleeper, before, time), 0.5, 0.08);
    EXPECT_NEAR(share(busy, of_busy, time), 0.5, 0.08);
}

TEST(fair, sleep_loses_nothing) {
    // A thread that gave up the CPU before it had its share gets it when it wakes: it goes ahead.
    machine m;
    auto& sleeper = m.spawn();
    (void)m.spawn(), (void)m.spawn();
    m.run(duration::milliseconds(100));
    ASSERT_TRUE(m.run_until(sleeper));
    // It sleeps and wakes until it is far behind the others.
    for (int i = 0; i < 10; ++i) {
        m.sleep_until(now() + duration::milliseconds(2));
        ASSERT_TRUE(m.run_until(sleeper));
    }
    m.sleep();
    m.run(duration::milliseconds(2));
    sched::wake(sleeper);
    m.take_interrupts();
    EXPECT_EQ(m.running(), &sleeper);
}

TEST(fair, lag_is_bounded) {
    machine m;
    auto& greedy = m.spawn();
    ASSERT_TRUE(m.run_until(greedy));
    m.run(duration::seconds(1));  // alone: nobody is owed anything
    auto& other = m.spawn();
    m.run(duration::milliseconds(1));
    ASSERT_TRUE(m.run_until(greedy));
    m.sleep();
    m.run(duration::milliseconds(20));
    sched::wake(greedy);
    const instant start = now();
    ASSERT_TRUE(m.run_until(greedy));
    EXPECT_LE((now() - start).ns, duration::milliseconds(30).ns);
    EXPECT_EQ(other.state(), sched::thread_state::running);
}

TEST(fair, yield_goes_round) {
    machine m;
    sched::thread* threads[] = {&m.spawn(), &m.spawn(), &m.spawn()};
    m.take_interrupts();
    std::vector<sched::thread*> order;
    for (int i = 0; i < 9; ++i) {
        order.push_back(m.running());
        arch::clock += 1000;
        sched::yield();
    }
    for (auto* t : threads)
        EXPECT_EQ(std::count(order.begin(), order.end(), t), 3);
    for (int i = 0; i < 6; ++i)
        EXPECT_EQ(order[i], order[i + 3]);
}

TEST(fair, yield_alone_goes_on) {
    machine m;
    auto& only = m.spawn();
    m.take_interrupts();
    sched::yield();
    EXPECT_EQ(m.running(), &only);
}

TEST(fair, idle_policy_gets_what_is_left) {
    machine m;
    auto& background = m.spawn({.kind = policy::idle});
    ASSERT_TRUE(m.run_until(background));
    auto& normal = m.spawn();
    m.take_interrupts();
    EXPECT_EQ(m.running(), &normal);  // at once
    const u64 before = background.statistics().cpu_time_ns;
    const auto time = duration::seconds(5);
    m.run(time);
    EXPECT_NEAR(share(background, before, time), 3.0 / 1027, 0.003);
}

TEST(fair, a_thread_that_ended_gives_its_share_away) {
    machine m;
    auto &a = m.spawn(), &b = m.spawn();
    ASSERT_TRUE(m.run_until(a));
    m.end();
    EXPECT_EQ(a.state(), sched::thread_state::finished);
    const u64 before = b.statistics().cpu_time_ns;
    m.run(duration::milliseconds(100));
    EXPECT_NEAR(share(b, before, duration::milliseconds(100)), 1, 0.01);
}

TEST(real_time, more_urgent_preempts_at_once) {
    machine m;
    auto& normal = m.spawn();
    ASSERT_TRUE(m.run_until(normal));
    auto& low = m.spawn({.kind = policy::fifo, .priority = 10});
    m.take_interrupts();
    EXPECT_EQ(m.running(), &low);
    auto& high = m.spawn({.kind = policy::fifo, .priority = 11});
    m.take_interrupts();
    EXPECT_EQ(m.running(), &high);
    m.run(duration::seconds(1));
    EXPECT_EQ(m.running(), &high);
    m.sleep();
    EXPECT_EQ(m.running(), &low);
}

TEST(real_time, equals_run_in_order_of_arrival) {
    machine m;
    const sched::scheduling how{.kind = policy::fifo, .priority = 50};
    sched::thread* threads[] = {&m.spawn(how), &m.spawn(how), &m.spawn(how)};
    m.take_interrupts();
    for (auto* t : threads) {
        EXPECT_EQ(m.running(), t);
        m.run(duration::milliseconds(500));  // no turns among fifo threads
        EXPECT_EQ(m.running(), t);
        m.sleep();
    }
    EXPECT_EQ(m.running(), nullptr);
}

TEST(real_time, yield_goes_behind_equals_only) {
    machine m;
    const sched::scheduling how{.kind = policy::fifo, .priority = 50};
    auto &a = m.spawn(how), &b = m.spawn(how);
    (void)m.spawn({.kind = policy::fifo, .priority = 49});
    (void)m.spawn();
    m.take_interrupts();
    for (auto* next : {&b, &a, &b}) {
        sched::yield();
        EXPECT_EQ(m.running(), next);
    }
}

TEST(real_time, round_robin_takes_turns) {
    machine m;
    const sched::scheduling how{.kind = policy::round_robin, .priority = 20};
    auto &a = m.spawn(how), &b = m.spawn(how);
    const auto time = duration::seconds(2);
    m.run(time);
    EXPECT_NEAR(share(a, 0, time), 0.5, 0.06);
    EXPECT_NEAR(share(b, 0, time), 0.5, 0.06);
    const u64 turns = a.statistics().switches;
    EXPECT_GE(turns, 8u);
    EXPECT_LE(turns, 11u);
}

TEST(real_time, a_thread_can_become_urgent) {
    machine m;
    auto& a = m.spawn();
    ASSERT_TRUE(m.run_until(a));
    auto& b = m.spawn();
    ASSERT_TRUE(b.set_scheduling({.kind = policy::fifo, .priority = 1}).has_value());
    m.take_interrupts();
    EXPECT_EQ(m.running(), &b);
    ASSERT_TRUE(b.set_scheduling({}).has_value());
    m.run(duration::milliseconds(200));
    EXPECT_GT(a.statistics().cpu_time_ns, 50'000'000u);
}

TEST(real_time, refuses_what_is_no_priority) {
    machine m;
    auto& t = m.spawn();
    for (const sched::scheduling how :
         {sched::scheduling{.kind = policy::fifo, .priority = 0},
          sched::scheduling{.kind = policy::round_robin, .priority = 100},
          sched::scheduling{.priority = 1}, sched::scheduling{.nice = 20},
          sched::scheduling{.nice = -21}}) {
        const auto outcome = t.set_scheduling(how);
        ASSERT_FALSE(outcome.has_value());
        EXPECT_EQ(outcome.error(), errc::invalid_argument);
    }
}

}  // namespace
