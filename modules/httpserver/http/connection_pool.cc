// SPDX-License-Identifier: BSD-3-Clause
#include <http/connection_pool.hh>

#include <chrono>
#include <system_error>
#include <thread>
#include <utility>

namespace osprey::rest {

namespace {

thread_local bool has_no_place = false;

/// Threads without work leave after this time, but for a few.
constexpr std::chrono::seconds idle_time{10};
constexpr unsigned kept_threads = 4;

}  // namespace

bool connection_pool::is_full() noexcept {
    return has_no_place;
}

void connection_pool::enqueue(std::function<void()> job) {
    {
        const std::lock_guard lock{mutex_};
        // Threads that were made for a job but have not come to it yet count as idle.
        if (jobs_.size() < idle_ || start_thread()) {
            jobs_.push_back(std::exchange(job, nullptr));
        }
    }
    if (!job) {
        changed_.notify_one();
        return;
    }
    has_no_place = true;
    job();
    has_no_place = false;
}

/// @return false if there are enough, or no memory for another one.
bool connection_pool::start_thread() {
    if (threads_ == limit_) {
        return false;
    }
    try {
        std::thread{[this] {
            work();
        }}.detach();
    } catch (const std::system_error&) {
        return false;
    }
    ++threads_;
    ++idle_;
    return true;
}

void connection_pool::shutdown() {
    std::unique_lock lock{mutex_};
    ends_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return threads_ == 0; });
}

void connection_pool::work() {
    std::unique_lock lock{mutex_};
    for (;;) {
        const bool has_work =
            changed_.wait_for(lock, idle_time, [this] { return !jobs_.empty() || ends_; });
        if (!jobs_.empty()) {
            --idle_;
            const std::function<void()> job = std::move(jobs_.front());
            jobs_.pop_front();
            lock.unlock();
            job();
            lock.lock();
            ++idle_;
        } else if (has_work || threads_ > kept_threads) {
            break;
        }
    }
    --idle_;
    --threads_;
    // Under the lock: the pool may go as soon as the last thread is counted out.
    changed_.notify_all();
}

}  // namespace osprey::rest
