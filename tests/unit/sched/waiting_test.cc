// SPDX-License-Identifier: BSD-3-Clause
// Sleep, wake-ups, time-outs and the tick of one CPU.
#include "machine.hh"

#include <gtest/gtest.h>

namespace {
using namespace test;
using sched::thread_state;

class waiting : public testing::Test {
protected:
    machine m;
    sched::thread& t = m.spawn();
    void SetUp() override { ASSERT_TRUE(m.run_until(t)); }
};

TEST_F(waiting, a_wake_up_before_it_is_no_use) {
    sched::wake(t);
    m.sleep();
    EXPECT_EQ(m.running(), nullptr);
    EXPECT_EQ(t.state(), thread_state::waiting);
}

TEST_F(waiting, a_wake_up_between_the_halves_is_kept) {
    sched::begin_wait();
    sched::wake(t);
    EXPECT_TRUE(sched::commit_wait(sched::wait_mode::uninterruptible, instant::never()));
    EXPECT_EQ(m.running(), &t);
    EXPECT_EQ(t.state(), thread_state::running);
}

TEST_F(waiting, preemption_between_the_halves_loses_nothing) {
    auto& other = m.spawn();
    sched::begin_wait();
    m.run(duration::milliseconds(20));
    ASSERT_TRUE(m.run_until(other));  // t is ready, not asleep, though it waits
    EXPECT_EQ(t.state(), thread_state::waiting);
    ASSERT_TRUE(m.run_until(t));
    sched::wake(t);
    EXPECT_TRUE(sched::commit_wait(sched::wait_mode::uninterruptible, instant::never()));
    EXPECT_EQ(t.state(), thread_state::running);
}

TEST_F(waiting, two_wake_ups_are_one) {
    m.sleep();
    sched::wake(t);
    sched::wake(t);
    m.take_interrupts();
    EXPECT_EQ(m.running(), &t);
    m.sleep();
    m.take_interrupts();
    EXPECT_EQ(m.running(), nullptr);
}

TEST_F(waiting, a_deadline_in_the_past_does_not_sleep) {
    sched::begin_wait();
    const auto outcome = sched::commit_wait(sched::wait_mode::uninterruptible, now());
    ASSERT_FALSE(outcome.has_value());
    EXPECT_EQ(outcome.error(), errc::timed_out);
    EXPECT_EQ(m.running(), &t);
}

TEST_F(waiting, a_signal_ends_an_interruptible_wait_only) {
    m.sleep();
    sched::interrupt(t, sched::severity::signal);
    ASSERT_TRUE(m.run_until(t));
    sched::begin_wait();
    auto outcome = sched::commit_wait(sched::wait_mode::interruptible, instant::never());
    ASSERT_FALSE(outcome.has_value());
    EXPECT_EQ(outcome.error(), errc::interrupted);
    sched::begin_wait();
    (void)sched::commit_wait(sched::wait_mode::killable, instant::never());
    EXPECT_EQ(m.running(), nullptr);
    sched::interrupt(t, sched::severity::fatal);
    ASSERT_TRUE(m.run_until(t));
    sched::begin_wait();
    outcome = sched::commit_wait(sched::wait_mode::killable, instant::never());
    EXPECT_FALSE(outcome.has_value());
}

TEST(timeouts, come_in_order_of_their_deadlines) {
    machine m;
    constexpr int delays[] = {30, 10, 20, 10};
    std::vector<sched::thread*> threads;
    const instant start = now();
    for (int ms : delays) {
        threads.push_back(&m.spawn());
        ASSERT_TRUE(m.run_until(*threads.back()));
        m.sleep_until(start + duration::milliseconds(ms));
    }
    std::vector<sched::thread*> order;
    while (order.size() < 4 && now() < start + duration::seconds(1)) {
        m.run(step);
        if (auto* t = m.running()) {
            order.push_back(t);
            m.sleep();
        }
    }
    const std::vector<sched::thread*> right{threads[1], threads[3], threads[2], threads[0]};
    EXPECT_EQ(order, right);
}

TEST(timeouts, never_come_early_and_soon_after) {
    machine m;
    auto& t = m.spawn();
    ASSERT_TRUE(m.run_until(t));
    const instant deadline = now() + duration::microseconds(12'340);
    m.sleep_until(deadline);
    while (m.running() != &t) {
        ASSERT_LT(now(), deadline + duration::milliseconds(1));
        m.run(step);
    }
    EXPECT_GE(now(), deadline);
}

TEST(timeouts, a_wake_up_takes_the_time_out_away) {
    machine m;
    auto& t = m.spawn();
    ASSERT_TRUE(m.run_until(t));
    m.sleep_until(now() + duration::milliseconds(10));
    sched::wake(t);
    ASSERT_TRUE(m.run_until(t));
    m.sleep();
    m.run(duration::milliseconds(50));
    EXPECT_EQ(m.running(), nullptr);
}

TEST(timeouts, of_many_all_come) {
    machine m;
    constexpr int count = 100;
    for (int i = 0; i < count; ++i) {
        auto& t = m.spawn();
        ASSERT_TRUE(m.run_until(t));
        m.sleep_until(now() + duration::microseconds(1 + i * 7919 % 5000));
    }
    int woken = 0;
    for (const instant end = now() + duration::seconds(1); now() < end && woken < count;) {
        m.run(step);
        while (m.running()) {
            ++woken;
            m.end();
        }
    }
    EXPECT_EQ(woken, count);
}

TEST(tick, only_while_somebody_waits_for_the_cpu) {
    machine m;
    auto& t = m.spawn();
    ASSERT_TRUE(m.run_until(t));
    m.run(duration::milliseconds(100));
    const u64 alone = m.timer_interrupts();
    EXPECT_LE(alone, 1u);
    auto& other = m.spawn();
    m.run(duration::milliseconds(300));
    EXPECT_NEAR(static_cast<double>(m.timer_interrupts() - alone), 100, 5);
    ASSERT_TRUE(m.run_until(other));
    m.end();
    m.run(duration::milliseconds(10));  // the last tick finds nobody
    const u64 before = m.timer_interrupts();
    m.run(duration::milliseconds(300));
    EXPECT_EQ(m.timer_interrupts(), before);
}

TEST(statistics, tell_idle_from_busy_time) {
    machine m;
    const auto before = sched::times_of(0);
    auto& t = m.spawn();
    ASSERT_TRUE(m.run_until(t));
    m.run(duration::milliseconds(40));
    m.sleep();
    m.run(duration::milliseconds(60));
    (void)m.spawn();
    m.take_interrupts();
    const auto after = sched::times_of(0);
    EXPECT_NEAR(static_cast<double>(after.system_ns - before.system_ns), 40e6, 1e6);
    EXPECT_NEAR(static_cast<double>(after.idle_ns - before.idle_ns), 60e6, 1e6);
    EXPECT_EQ(sched::ready_threads(), 1u);
}

TEST(statistics, samples_tell_the_kernel_from_the_application) {
    machine m;
    const auto before = sched::times_of(0);
    auto& t = m.spawn_application();
    ASSERT_TRUE(m.run_until(t));
    m.interrupt_in(arch::cpu_mode::application);
    m.run(duration::milliseconds(300));
    m.interrupt_in(arch::cpu_mode::kernel);
    m.run(duration::milliseconds(100));
    const auto used = t.statistics();
    EXPECT_NEAR(static_cast<double>(used.cpu_time_ns), 400e6, 11e6);
    EXPECT_NEAR(static_cast<double>(used.system_time_ns), 100e6, 11e6);
    const auto after = sched::times_of(0);
    EXPECT_NEAR(static_cast<double>(after.user_ns - before.user_ns), 300e6, 11e6);
    EXPECT_NEAR(static_cast<double>(after.system_ns - before.system_ns), 100e6, 11e6);
}

TEST(statistics, user_time_of_nice_threads_is_nice) {
    machine m;
    const auto before = sched::times_of(0);
    auto& t = m.spawn_application();
    ASSERT_TRUE(m.run_until(t));
    ASSERT_TRUE(t.set_scheduling({.nice = 5}));
    m.interrupt_in(arch::cpu_mode::application);
    m.run(duration::milliseconds(200));
    const auto after = sched::times_of(0);
    EXPECT_NEAR(static_cast<double>(after.nice_ns - before.nice_ns), 190e6, 11e6);
}

TEST(statistics, no_samples_are_taken_of_an_idle_cpu) {
    machine m;
    auto& t = m.spawn_application();
    ASSERT_TRUE(m.run_until(t));
    m.sleep();
    m.run(duration::milliseconds(20));
    const u64 before = m.timer_interrupts();
    m.run(duration::milliseconds(300));
    EXPECT_EQ(m.timer_interrupts(), before);
}

TEST(statistics, idle_time_goes_on_while_a_cpu_sleeps) {
    machine m;
    m.run(duration::milliseconds(10));
    const auto before = sched::times_of(0);
    m.run(duration::milliseconds(50));
    EXPECT_NEAR(static_cast<double>(sched::times_of(0).idle_ns - before.idle_ns), 50e6, 1e6);
}

TEST(statistics, load_counts_those_that_run_and_those_that_wait) {
    machine m;
    u32 load[3];
    m.run(duration::seconds(6));
    sched::load_average(load);  // what came before does not matter
    for (int i = 0; i < 3; ++i)
        (void)m.spawn_application();
    for (int second = 0; second < 120; second += 10) {
        m.run(duration::seconds(10));
        sched::load_average(load);
    }
    constexpr double one = 2048;
    EXPECT_NEAR(load[0] / one, 3 * (1 - 0.135), 0.2);  // after two minutes of three threads
    EXPECT_NEAR(load[1] / one, 3 * (1 - 0.67), 0.2);
}

}  // namespace
