// SPDX-License-Identifier: BSD-3-Clause
// Kernel timers, with host threads for threads and for the CPUs' timer threads. Nothing here
// depends on how late a timer is, only on what must never happen.
#include "../support/host_sched.hh"

#include <gtest/gtest.h>
#include <arch/clock.hh>
#include <arch/per_cpu.hh>
#include <random>
#include <sched/timer.hh>
#include <sched/timer_queue.hh>
#include <utility>

namespace {
using namespace osprey;
using sched::timer;

/// The timer threads run for ever: they are started once.
class timers : public testing::Test {
protected:
    static void SetUpTestSuite() {
        static bool started = false;
        if (std::exchange(started, true))
            return;  // --gtest_repeat
        test::become_thread();
        for (u32 cpu = 0; cpu < arch::host_cpus; ++cpu) {
            arch::host_cpu_id = cpu;
            sched::initialize_timer_queue();
        }
        arch::host_cpu_id = 0;
        ASSERT_TRUE(sched::start_timer_threads().has_value());
    }
    static instant in(i64 us) { return arch::now() + duration::microseconds(us); }
    template <typename Condition>
    static void wait_for(Condition&& condition) {
        while (!condition())
            std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
};

struct counting : timer {
    counting() : timer{fire} {}
    std::atomic<u32> fired{0};
    std::atomic<u64> at{0};

private:
    static void fire(timer& self) noexcept {
        auto& t = static_cast<counting&>(self);
        t.at = arch::now().ns;
        t.fired.fetch_add(1);
    }
};

TEST_F(timers, fire_once_and_not_before_their_time) {
    counting t;
    const instant deadline = in(3000);
    t.arm(deadline);
    wait_for([&] { return t.fired == 1; });
    EXPECT_GE(t.at, deadline.ns);
    EXPECT_FALSE(t.cancel());
    EXPECT_EQ(t.fired, 1u);
}

TEST_F(timers, an_earlier_deadline_wakes_the_queue) {
    counting late, early;
    late.arm(in(3'600'000'000));
    early.arm(in(500));
    wait_for([&] { return early.fired == 1; });
    EXPECT_EQ(late.fired, 0u);
    EXPECT_TRUE(late.cancel());
    EXPECT_FALSE(late.cancel());
}

TEST_F(timers, arming_again_replaces_the_deadline) {
    counting t, after;
    t.arm(in(500'000'000));
    t.arm(in(500));
    wait_for([&] { return t.fired == 1; });
    after.arm(in(2000));
    wait_for([&] { return after.fired == 1; });
    EXPECT_EQ(t.fired, 1u);
    EXPECT_FALSE(t.pending());
}

TEST_F(timers, move_to_the_cpu_where_they_are_armed) {
    counting t;
    for (u32 round = 0; round < 3 * arch::host_cpus; ++round) {
        arch::host_cpu_id = round % arch::host_cpus;
        t.arm(in(100'000'000));
    }
    arch::host_cpu_id = 0;
    EXPECT_TRUE(t.cancel());
    EXPECT_EQ(t.fired, 0u);
}

TEST_F(timers, cancel_waits_for_the_callback) {
    struct slow : timer {
        slow() : timer{fire} {}
        std::atomic<bool> inside{false}, done{false};
        static void fire(timer& self) noexcept {
            auto& t = static_cast<slow&>(self);
            t.inside = true;
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
            t.done = true;
        }
    } t;
    t.arm(in(0));
    wait_for([&] { return t.inside.load(); });
    (void)t.cancel();
    EXPECT_TRUE(t.done);
}

/// Whoever counts references for callbacks must know that two will come.
TEST_F(timers, arming_beside_a_callback_under_way_fires_twice) {
    struct held : timer {
        held() : timer{fire} {}
        std::atomic<bool> inside{false}, go_on{false};
        std::atomic<u32> fired{0};
        static void fire(timer& self) noexcept {
            auto& t = static_cast<held&>(self);
            t.inside = true;
            wait_for([&] { return t.go_on.load(); });
            t.fired.fetch_add(1);
        }
    } t;
    EXPECT_FALSE(t.arm(in(0)));
    wait_for([&] { return t.inside.load(); });
    EXPECT_FALSE(t.arm(in(100'000'000)));
    EXPECT_TRUE(t.arm(in(100)));
    t.go_on = true;
    wait_for([&] { return t.fired == 2; });
    EXPECT_FALSE(t.cancel());
}

TEST_F(timers, a_callback_may_arm_its_timer_again) {
    struct periodic : timer {
        periodic() : timer{fire} {}
        std::atomic<u32> left{5};
        static void fire(timer& self) noexcept {
            auto& t = static_cast<periodic&>(self);
            if (t.left.fetch_sub(1) > 1)
                t.arm(in(100));
        }
    } t;
    t.arm(in(100));
    wait_for([&] { return t.left == 0; });
    EXPECT_FALSE(t.cancel());
}

TEST_F(timers, survive_arming_and_cancelling_from_everywhere) {
    std::vector<std::thread> threads;
    for (u32 number = 0; number < 4; ++number)
        threads.push_back(test::run_thread([number] {
            std::mt19937 random{number};
            for (int round = 0; round < 400; ++round) {
                arch::host_cpu_id = random() % arch::host_cpus;
                // Gone at the end of each round: nothing may touch it afterwards.
                counting t;
                u32 armed = 0;
                for (u32 n = random() % 4; n; --n, ++armed) {
                    arch::host_cpu_id = random() % arch::host_cpus;
                    t.arm(in(random() % 300));
                    if (random() % 4 == 0)
                        std::this_thread::yield();
                }
                (void)t.cancel();
                EXPECT_LE(t.fired, armed);
            }
        }));
    for (auto& t : threads)
        t.join();
}

}  // namespace
