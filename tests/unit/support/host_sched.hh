// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <sched/scheduler.hh>
#include <thread>

namespace test {

/// Makes the calling host thread a kernel thread for as long as it lives. The objects are kept
/// until the end of the program, as RCU would keep them for wakers.
void become_thread();

/// A host thread that is a kernel thread.
inline std::thread run_thread(std::function<void()> body) {
    return std::thread{[body = std::move(body)] {
        become_thread();
        body();
    }};
}

}  // namespace test
