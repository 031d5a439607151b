// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/types.h>
#include <condition_variable>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace osprey::rest {

/// Programs that this server started. Context: any thread.
class children {
public:
    [[nodiscard]] static children& all();

    /// Starts a program, found on PATH. Throws `api_error` if it cannot be.
    [[nodiscard]] pid_t start(const std::vector<std::string>& words);
    [[nodiscard]] bool is_running(pid_t pid);

private:
    children();
    void reap();

    std::mutex mutex_;
    std::condition_variable started_;
    std::set<pid_t> running_;
};

}  // namespace osprey::rest
