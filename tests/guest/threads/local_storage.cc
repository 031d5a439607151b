// SPDX-License-Identifier: BSD-3-Clause
// thread_local objects with constructors and destructors, exceptions across threads.
#include <atomic>
#include <cstdio>
#include <stdexcept>
#include <thread>
#include <vector>

static std::atomic<int> made{0}, gone{0};

struct counted {
    counted() { ++made; }
    ~counted() { ++gone; }
    int value = 0;
};
static thread_local counted mine;

static int deeper(int n) {
    if (n == 0)
        throw std::runtime_error("from below");
    return deeper(n - 1) + 1;
}

int main() {
    std::atomic<int> caught{0}, wrong{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 16; ++i)
        threads.emplace_back([&, i] {
            mine.value = i;
            for (int k = 0; k < 100; ++k)
                try {
                    deeper(20);
                } catch (const std::exception&) {
                    ++caught;
                }
            wrong += mine.value != i;
        });
    for (auto& t : threads)
        t.join();
    std::printf("made %d gone %d caught %d wrong %d\n", made.load(), gone.load(), caught.load(),
                wrong.load());
}
