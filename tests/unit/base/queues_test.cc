// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>
#include <base/mpsc_queue.hh>
#include <base/spsc_ring.hh>
#include <memory>
#include <thread>
#include <vector>

using namespace osprey;

namespace {
struct message {
    int producer = 0, number = 0;
    std::atomic<message*> next{nullptr};
};
}  // namespace

TEST(mpsc_queue_test, each_producer_in_order) {
    constexpr int producers = 3, each = 20000;
    mpsc_queue<message, &message::next> queue;
    auto messages = std::make_unique<message[]>(producers * each);
    std::vector<std::thread> threads;
    for (int p = 0; p < producers; ++p)
        threads.emplace_back([&, p] {
            for (int i = 0; i < each; ++i) {
                message& m = messages[p * each + i];
                m.producer = p, m.number = i;
                queue.push(m);
            }
        });
    int next[producers] = {}, total = 0;
    while (total < producers * each) {
        message* m = queue.pop();
        if (!m) {
            std::this_thread::yield();
            continue;
        }
        ASSERT_EQ(m->number, next[m->producer]++);
        ++total;
    }
    for (auto& t : threads)
        t.join();
    EXPECT_TRUE(queue.empty());
}

TEST(mpsc_queue_test, says_when_the_consumer_must_be_told) {
    mpsc_queue<message, &message::next> queue;
    message a, b, c;
    EXPECT_TRUE(queue.push(a));
    EXPECT_FALSE(queue.push(b));
    EXPECT_EQ(queue.pop(), &a);
    EXPECT_TRUE(queue.push(c));
    EXPECT_EQ(queue.pop(), &b);
    EXPECT_EQ(queue.pop(), &c);
    EXPECT_EQ(queue.pop(), nullptr);
}

TEST(spsc_ring_test, in_order_without_loss) {
    constexpr int count = 200000;
    spsc_ring<int, 64> ring;
    std::thread producer{[&] {
        for (int i = 0; i < count; ++i)
            while (!ring.push(i))
                std::this_thread::yield();
    }};
    for (int i = 0; i < count; ++i) {
        int value = -1;
        while (!ring.pop(value))
            std::this_thread::yield();
        ASSERT_EQ(value, i);
    }
    producer.join();
    EXPECT_TRUE(ring.empty());
}
