// SPDX-License-Identifier: BSD-3-Clause
#include <atomic>
#include <net/change.hh>

namespace osprey::net {
namespace {
constinit std::atomic<change_observer*> observers{nullptr};
}

void observe_changes(change_observer& o) noexcept {
    o.next_ = observers.load(std::memory_order_relaxed);
    while (!observers.compare_exchange_weak(o.next_, &o, std::memory_order_release,
                                            std::memory_order_relaxed)) {
    }
}

void announce(const change& c) noexcept {
    for (auto* o = observers.load(std::memory_order_acquire); o; o = o->next_)
        o->changed(c);
}

}  // namespace osprey::net
