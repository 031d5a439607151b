// SPDX-License-Identifier: BSD-3-Clause
// Which CPU a thread goes to.
#include "machine.hh"

#include <gtest/gtest.h>
#include <set>

namespace {
using namespace test;

u32 cpus_running(const machine& m, u32 cpus) {
    std::set<sched::thread*> busy;
    for (u32 cpu = 0; cpu < cpus; ++cpu)
        if (m.running(cpu))
            busy.insert(m.running(cpu));
    return static_cast<u32>(busy.size());
}

TEST(balance, new_threads_go_to_idle_cpus) {
    machine m{4};
    for (int i = 0; i < 4; ++i) {
        (void)m.spawn();
        m.run(step);
    }
    EXPECT_EQ(cpus_running(m, 4), 4u);
}

TEST(balance, a_sleeper_wakes_on_an_idle_cpu) {
    machine m{2};
    auto& sleeper = m.spawn({}, cpu_mask::only(0));
    ASSERT_TRUE(m.run_until(sleeper));
    m.sleep();
    ASSERT_TRUE(sleeper.set_affinity(cpu_mask::all()).has_value());
    m.run(step);
    ASSERT_TRUE(m.run_until(sleeper));  // what changes a sleeper wakes it
    m.sleep();
    auto& busy = m.spawn({}, cpu_mask::only(0));
    ASSERT_TRUE(m.run_until(busy));
    m.on(1);
    sched::wake(sleeper);
    m.run(step);
    EXPECT_EQ(m.running(0), &busy);
    EXPECT_EQ(m.running(1), &sleeper);
}

TEST(balance, a_cpu_without_work_asks_for_some) {
    machine m{2};
    auto& a = m.spawn({}, cpu_mask::only(0));
    auto& b = m.spawn({}, cpu_mask::only(0));
    m.run(duration::milliseconds(10));
    EXPECT_EQ(m.running(1), nullptr);
    ASSERT_TRUE(a.set_affinity(cpu_mask::all()).has_value());
    ASSERT_TRUE(b.set_affinity(cpu_mask::all()).has_value());
    m.run(duration::milliseconds(1));  // no tick is needed for it
    EXPECT_EQ(cpus_running(m, 2), 2u);
}

TEST(balance, is_even_in_the_long_run) {
    machine m{4};
    std::vector<sched::thread*> threads;
    for (int i = 0; i < 12; ++i)
        threads.push_back(&m.spawn());
    m.run(duration::seconds(6));
    for (auto* t : threads)
        EXPECT_NEAR(static_cast<double>(t->statistics().cpu_time_ns) / 6e9, 1.0 / 3, 0.06);
    for (u32 cpu = 0; cpu < 4; ++cpu)
        EXPECT_EQ(sched::runqueues.of(cpu).load(), 3u);
}

TEST(balance, affinity_holds) {
    machine m{4};
    cpu_mask two = cpu_mask::only(1);
    two.set(2);
    std::vector<sched::thread*> threads;
    for (int i = 0; i < 6; ++i)
        threads.push_back(&m.spawn({}, two));
    for (int i = 0; i < 200; ++i) {
        m.run(duration::milliseconds(1));
        EXPECT_EQ(m.running(0), nullptr);
        EXPECT_EQ(m.running(3), nullptr);
    }
    EXPECT_EQ(cpus_running(m, 4), 2u);
}

TEST(balance, a_running_thread_leaves_at_once) {
    machine m{3};
    auto& t = m.spawn({}, cpu_mask::only(0));
    ASSERT_TRUE(m.run_until(t));
    ASSERT_TRUE(t.set_affinity(cpu_mask::only(2)).has_value());
    EXPECT_EQ(m.running(0), nullptr);
    m.run(step);
    EXPECT_EQ(m.running(2), &t);
    EXPECT_EQ(t.cpu(), 2u);
}

TEST(balance, a_ready_thread_leaves_at_once) {
    machine m{2};
    const sched::scheduling urgent{.kind = sched::policy::fifo, .priority = 9};
    auto& first = m.spawn(urgent, cpu_mask::only(0));
    ASSERT_TRUE(m.run_until(first));
    auto& second = m.spawn(urgent, cpu_mask::only(0));
    m.run(step);
    ASSERT_TRUE(second.set_affinity(cpu_mask::only(1)).has_value());
    m.run(step);
    EXPECT_EQ(m.running(0), &first);
    EXPECT_EQ(m.running(1), &second);
}

TEST(balance, refuses_cpus_that_are_not_there) {
    machine m{2};
    auto& t = m.spawn();
    const auto outcome = t.set_affinity(cpu_mask::only(5));
    ASSERT_FALSE(outcome.has_value());
    EXPECT_EQ(outcome.error(), errc::invalid_argument);
}

TEST(balance, a_time_out_comes_where_it_was_armed) {
    machine m{2};
    auto& t = m.spawn({}, cpu_mask::only(0));
    ASSERT_TRUE(m.run_until(t));
    m.sleep_until(now() + duration::milliseconds(50));
    m.on(1);
    sched::wake(t);  // goes through CPU 0, which keeps the time-out
    EXPECT_EQ(t.state(), sched::thread_state::waking);
    m.run(step);
    EXPECT_EQ(m.running(0), &t);
    m.run(duration::milliseconds(100));
    EXPECT_EQ(m.running(0), &t);
}

/// Two threads that hand work to and fro stay together: each sleeps right after its wake-up.
TEST(balance, partners_stay_on_one_cpu) {
    machine m{2};
    auto& a = m.spawn({}, cpu_mask::only(0));
    ASSERT_TRUE(m.run_until(a));
    auto& b = m.spawn({}, cpu_mask::only(0));
    m.sleep();
    ASSERT_TRUE(m.run_until(b));
    for (int i = 0; i < 6; ++i) {  // makes the habit known
        sched::thread& partner = m.running() == &a ? b : a;
        sched::wake(partner);
        m.sleep();
        ASSERT_EQ(m.running(), &partner);
    }
    m.take_interrupts();
    const u64 before = a.statistics().migrations + b.statistics().migrations;
    for (int i = 0; i < 100; ++i) {
        sched::thread& partner = m.running() == &a ? b : a;
        sched::wake(partner);
        m.sleep();
        ASSERT_EQ(m.running(), &partner);
        arch::clock += 2000;
    }
    EXPECT_EQ(a.statistics().migrations + b.statistics().migrations, before);
}

}  // namespace
