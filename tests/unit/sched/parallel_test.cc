// SPDX-License-Identifier: BSD-3-Clause
// Several CPUs at once, each a host thread, under ThreadSanitizer: the incoming queues, wake-ups
// that meet falling asleep, time-outs and changes of affinity.
//
// Tokens go round among the threads: who has none waits for one, who has one works a while and
// hands it to another. A wake-up that is lost takes its token out of the game; when all are out,
// the test never ends.
//
// The game's own atomics are relaxed, so that ThreadSanitizer sees what the scheduler orders
// itself.
#include "machine.hh"

#include <gtest/gtest.h>
#include <base/assert.hh>
#include <random>
#include <thread>

namespace {
using namespace test;

constexpr u32 cpus = 4, players = 12, tokens = 5;
constexpr u64 passes_wanted = 60'000;

/// One thread of the game. Threads here have no stack of their own, so it keeps where it is.
struct player {
    enum class stage { looks, about_to_sleep, works } at = stage::looks;
    unsigned work_left = 0;
    u64 steps = 0;  // plain: right only if the thread is never on two CPUs
    sched::thread* thread = nullptr;
    std::atomic<u32> tokens{0};
    std::atomic<bool> on_cpu{false};
};

class game {
public:
    game() {
        arch::parallel = true;
        arch::clock_step = 500;
        for (player& p : players_)
            p.thread = &machine_.spawn();
        for (u32 i = 0; i < tokens; ++i)
            players_[i].tokens = 1;
    }
    void play() {
        std::vector<std::thread> hosts;
        for (u32 cpu = 0; cpu < cpus; ++cpu)
            hosts.emplace_back([this, cpu] { run_cpu(cpu); });
        for (auto& host : hosts)
            host.join();
    }
    [[nodiscard]] u32 tokens_left() const {
        u32 sum = 0;
        for (const player& p : players_)
            sum += p.tokens.load() + (p.at == player::stage::works);
        return sum;
    }
    [[nodiscard]] u64 steps() const {
        u64 sum = 0;
        for (const player& p : players_)
            sum += p.steps;
        return sum;
    }
    [[nodiscard]] u64 steps_seen() const { return steps_; }
    [[nodiscard]] u64 passes() const { return passes_; }

private:
    void run_cpu(u32 cpu) {
        machine_.on(cpu);
        std::mt19937 random{cpu};
        while (passes_.load(std::memory_order_relaxed) < passes_wanted) {
            machine_.take_interrupts();
            if (machine_.running(cpu))
                turn(*player_of(sched::current()), random);
            else
                std::this_thread::yield();
        }
        arch::take_calls();
        done_.fetch_add(1);
        while (done_ < cpus) {  // another may still wait for this CPU
            arch::take_calls();
            std::this_thread::yield();
        }
    }

    player* player_of(const sched::thread& t) {
        for (player& p : players_)
            if (p.thread == &t)
                return &p;
        panic("the boot thread runs");
    }

    /// What `p` does next. Calls that may switch come last: then another thread goes on.
    void turn(player& p, std::mt19937& random) {
        ensure(!p.on_cpu.exchange(true, std::memory_order_relaxed), "a thread runs on two CPUs");
        ++p.steps;
        steps_.fetch_add(1, std::memory_order_relaxed);
        switch (p.at) {
            case player::stage::looks:
                if (take_token(p)) {
                    p.at = player::stage::works;
                    p.work_left = random() % 4;
                    leave(p);
                } else {
                    p.at = player::stage::about_to_sleep;
                    leave(p);
                    sched::begin_wait();
                }
                return;
            case player::stage::about_to_sleep: {
                p.at = player::stage::looks;
                const bool comes = p.tokens.load(std::memory_order_relaxed) != 0;
                // Wakes now and then for nothing.
                const bool limited = random() % 4 == 0;
                const instant limit =
                    limited ? now() + duration::microseconds(random() % 200) : instant::never();
                leave(p);
                if (comes)
                    sched::cancel_wait();
                else
                    (void)sched::commit_wait(sched::wait_mode::uninterruptible, limit);
                return;
            }
            case player::stage::works:
                if (p.work_left-- == 0)
                    hand_on(p, players_[random() % players]);
                else
                    work(p, random);
                return;
        }
    }

    static void leave(player& p) { p.on_cpu.store(false, std::memory_order_relaxed); }
    static bool take_token(player& p) {
        u32 seen = p.tokens.load(std::memory_order_relaxed);
        return seen != 0 &&
               p.tokens.compare_exchange_strong(seen, seen - 1, std::memory_order_relaxed);
    }
    void hand_on(player& p, player& next) {
        p.at = player::stage::looks;
        next.tokens.fetch_add(1, std::memory_order_relaxed);
        leave(p);
        sched::wake(*next.thread);
        passes_.fetch_add(1, std::memory_order_relaxed);
    }
    void work(player& p, std::mt19937& random) {
        const u32 choice = random() % 16;
        player& other = players_[random() % players];
        leave(p);
        if (choice < 8) {
            sched::yield();
        } else if (choice < 12) {
            sched::begin_wait();
            (void)sched::commit_wait(sched::wait_mode::uninterruptible,
                                     now() + duration::microseconds(random() % 50));
        } else if (choice == 12) {
            const bool all = random() % 2;
            (void)other.thread->set_affinity(all ? cpu_mask::all()
                                                 : cpu_mask::only(random() % cpus));
        } else if (choice == 13) {
            (void)other.thread->set_scheduling({.nice = static_cast<i8>(random() % 20)});
        } else {
            sched::wake(*other.thread);  // for nothing
        }
    }

    machine machine_{cpus};
    player players_[players];
    std::atomic<u64> passes_{0}, steps_{0};
    std::atomic<u32> done_{0};
};

TEST(parallel, no_token_is_lost) {
    game g;
    g.play();
    EXPECT_GE(g.passes(), passes_wanted);
    EXPECT_EQ(g.tokens_left(), tokens);
    EXPECT_EQ(g.steps(), g.steps_seen());
}

}  // namespace
