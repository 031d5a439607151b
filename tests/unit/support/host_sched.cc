// SPDX-License-Identifier: BSD-3-Clause
// begin_wait, commit_wait and wake on host threads, by futex. The state word is relaxed except
// where the kernel promises order, so ThreadSanitizer sees what the algorithms under test order
// themselves.
#include "host_sched.hh"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cerrno>
#include <ctime>
#include <mutex>
#include <vector>

namespace osprey::sched {
namespace {

enum : u32 { running = 0, waiting = 1 };

class host_thread final : public thread {
public:
    host_thread() : thread{"host", false} {}
    std::atomic<u32> word{running};
};
host_thread& me() {
    return static_cast<host_thread&>(current());
}

}  // namespace

thread::thread(std::string_view, bool application) noexcept : application_{application} {}
thread::~thread() = default;
void thread::last_reference_gone() noexcept {}  // as `test::become_thread` says

result<refptr<thread>> thread::create(std::string_view, void (*entry)(void*), void* argument,
                                      scheduling) noexcept {
    thread* t = new host_thread;
    t->entry_ = entry;
    t->argument_ = argument;
    return refptr<thread>::adopt(t);
}
void thread::start() noexcept {
    std::thread{[this] {
        arch::host_current = this;
        entry_(argument_);
    }}.detach();
}
result<void> thread::set_affinity(const cpu_mask&) noexcept {
    return {};
}

void begin_wait() noexcept {
    me().word.exchange(waiting, std::memory_order_seq_cst);
}
void cancel_wait() noexcept {
    me().word.store(running, std::memory_order_relaxed);
}
result<void> commit_wait(wait_mode mode, instant deadline) noexcept {
    host_thread& t = me();
    timespec limit{}, *until = nullptr;
    if (deadline != instant::never()) {
        limit = {static_cast<time_t>(deadline.ns / 1'000'000'000),
                 static_cast<long>(deadline.ns % 1'000'000'000)};
        until = &limit;
    }
    while (t.word.load(std::memory_order_relaxed) == waiting) {
        if (mode == wait_mode::interruptible && t.interrupted.load()) {
            cancel_wait();
            return errc::interrupted;
        }
        // An absolute time-out on CLOCK_MONOTONIC.
        if (syscall(SYS_futex, &t.word, FUTEX_WAIT_BITSET_PRIVATE, waiting, until, nullptr, ~0u) <
                0 &&
            errno == ETIMEDOUT) {
            u32 expected = waiting;
            if (t.word.compare_exchange_strong(expected, running))
                return errc::timed_out;
        }
    }
    return {};
}
void wake(thread& of) noexcept {
    auto& t = static_cast<host_thread&>(of);
    std::atomic_thread_fence(std::memory_order_seq_cst);
    u32 expected = waiting;
    if (t.word.compare_exchange_strong(expected, running, std::memory_order_relaxed))
        syscall(SYS_futex, &t.word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

}  // namespace osprey::sched

void test::become_thread() {
    static std::mutex lock;
    static std::vector<osprey::sched::host_thread*> all;
    auto* t = new osprey::sched::host_thread;
    std::lock_guard guard{lock};
    all.push_back(t);
    osprey::arch::host_current = t;
}
