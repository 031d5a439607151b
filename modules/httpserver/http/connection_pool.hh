// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <httplib.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>

namespace osprey::rest {

/// Threads for connections: one each, made when needed, at most `limit`. Beyond that a connection
/// is handled in the accepting thread with `is_full()` true, which only refuses it.
class connection_pool final : public httplib::TaskQueue {
public:
    explicit connection_pool(unsigned limit) : limit_{limit} {}

    void enqueue(std::function<void()> job) override;
    /// Waits until all connections have ended.
    void shutdown() override;

    /// This thread has no place for the connection that it was given.
    [[nodiscard]] static bool is_full() noexcept;

private:
    [[nodiscard]] bool start_thread();
    void work();

    const unsigned limit_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::function<void()>> jobs_;
    unsigned threads_ = 0;
    unsigned idle_ = 0;  ///< threads with no job, new ones included
    bool ends_ = false;
};

}  // namespace osprey::rest
