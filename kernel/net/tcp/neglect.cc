// SPDX-License-Identifier: BSD-3-Clause
#include <base/mpsc_queue.hh>
#include <net/tcp/endpoint.hh>
#include <net/tcp/neglect.hh>
#include <sched/clock.hh>
#include <sync/event.hh>

namespace osprey::net::tcp {

struct neglect_access {
    using list = mpsc_queue<endpoint_state, &endpoint_state::neglected_next_>;
    static void forget(endpoint_state& e) noexcept {
        e.neglected_.store(false, std::memory_order_seq_cst);
    }
};

namespace {
constexpr duration patience = duration::milliseconds(40);
constinit neglect_access::list neglected;
constinit sync::event asked;

void take_care(void*) {
    for (;;) {
        (void)asked.wait();
        (void)sched::sleep_until(sched::monotonic_now() + patience,
                                 sched::wait_mode::uninterruptible);
        while (endpoint_state* e = neglected.pop()) {
            neglect_access::forget(*e);
            e->run();
            e->drop_ref();
        }
    }
}
}  // namespace

void neglect(endpoint_state& e) noexcept {
    e.add_ref();
    if (neglected.push(e))
        asked.signal();
}

result<void> start_caretaker() noexcept {
    auto t = TRY(sched::thread::create("tcp", take_care, nullptr));
    t->start();
    return ok;
}

}  // namespace osprey::net::tcp
