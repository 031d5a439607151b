// SPDX-License-Identifier: BSD-3-Clause
// Exceptions across shared objects and thread_local with destructors, from several threads.
#include <atomic>
#include <cstdio>
#include <future>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "throwing_library.hh"

static std::atomic<int> destroyed{0};
struct tracked {
    std::string text = "thread";
    ~tracked() { ++destroyed; }
};
static thread_local tracked local;

static int again(int depth) {
    auto owned = std::make_unique<int>(depth);
    try {
        return throw_at(*owned, again);
    } catch (const std::logic_error&) {
        return -1;  // never: the type is wrong
    }
}

int main() {
    std::mutex lock;
    std::map<std::string, int> seen;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&, t] {
            local.text += std::to_string(t);
            for (int i = 0; i < 200; ++i) {
                try {
                    again(i % 20 + t);
                } catch (const library_error& e) {
                    std::lock_guard guard{lock};
                    ++seen[e.what()];
                }
            }
            if (calls_of_this_thread != 0)
                std::abort();
        });
    for (auto& thread : threads)
        thread.join();
    for (auto& [what, count] : seen)
        std::cout << what << " " << count << "\n";
    auto future = std::async(std::launch::async, []() -> int { throw std::out_of_range{"far"}; });
    try {
        future.get();
    } catch (const std::out_of_range& e) {
        std::printf("async threw %s\n", e.what());
    }
    std::printf("destroyed %d\n", destroyed.load());
}
