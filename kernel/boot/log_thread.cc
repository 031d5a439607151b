// SPDX-License-Identifier: BSD-3-Clause
#include <boot/log_thread.hh>

#include <base/log_ring.hh>
#include <sched/thread.hh>
#include <sync/event.hh>

namespace osprey::boot {
namespace {

constinit sync::event lines_left;

}  // namespace

result<void> start_log_thread() noexcept {
    auto shower = TRY(sched::thread::create(
        "log",
        [](void*) {
            for (;;) {
                (void)lines_left.wait();
                log::show_pending();
            }
        },
        nullptr));
    shower->start();
    (void)shower.release();  // runs for ever
    log::set_console_helper([]() noexcept { lines_left.signal(); });
    return {};
}

}  // namespace osprey::boot
