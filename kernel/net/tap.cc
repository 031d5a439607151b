// SPDX-License-Identifier: BSD-3-Clause
#include <net/tap.hh>

namespace osprey::net {

constinit std::atomic<u32> open_taps{0};

struct tap_access {
    using list = intrusive_list<packet_tap, &packet_tap::hook_>;
};

namespace {
constinit sync::mutex taps_mutex{sync::lock_rank::network_taps};
constinit tap_access::list taps;
}  // namespace

void show_to_taps(interface& i, const packet& p, packet_direction d) noexcept {
    sync::lock_guard guard{taps_mutex};
    for (packet_tap& t : taps)
        t.seen(i, p, d);
}

void add_tap(packet_tap& t) noexcept {
    sync::lock_guard guard{taps_mutex};
    taps.push_back(t);
    open_taps.fetch_add(1, std::memory_order_relaxed);
}

void remove_tap(packet_tap& t) noexcept {
    sync::lock_guard guard{taps_mutex};
    open_taps.fetch_sub(1, std::memory_order_relaxed);
    tap_access::list::remove(t);
}

}  // namespace osprey::net
