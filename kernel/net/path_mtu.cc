// SPDX-License-Identifier: BSD-3-Clause
// Path MTU discovery (RFC 1191, RFC 8201): a bounded memory of what routers said.
#include <net/path_mtu.hh>
#include <net/route.hh>
#include <sched/clock.hh>
#include <sched/timer.hh>

namespace osprey::net {
namespace {

struct learned {
    ip_address destination;
    u32 mtu;
    instant forget_at;
};
constexpr usize most_learned = 256;
constexpr u32 least_v4 = 552, least_v6 = 1280;  // below, routers lie or attack (RFC 8201 §4)
constexpr duration kept = duration::seconds(600);

void forget_old(sched::timer& self) noexcept;

constinit sync::mutex mutex{sync::lock_rank::network_configuration};
constinit std::atomic<usize> count{0};
constinit learned table[most_learned]{};
constinit sched::timer forgetting{forget_old};

void forget_old(sched::timer& self) noexcept {
    const instant now = sched::monotonic_now();
    sync::lock_guard guard{mutex};
    usize n = count.load(std::memory_order_relaxed);
    instant next = instant::never();
    for (usize i = 0; i < n;) {
        if (table[i].forget_at <= now) {
            table[i] = table[--n];
            continue;
        }
        next = table[i].forget_at < next ? table[i].forget_at : next;
        ++i;
    }
    if (n != count.load(std::memory_order_relaxed))
        forget_routes();
    count.store(n, std::memory_order_relaxed);
    if (n != 0)
        self.arm(next);
}

/// The entry of `destination`, or the one to be replaced: a new one, else the oldest.
learned& place_of(const ip_address& destination) noexcept {
    const usize n = count.load(std::memory_order_relaxed);
    learned* oldest = &table[0];
    for (usize i = 0; i < n; ++i) {
        if (table[i].destination == destination)
            return table[i];
        if (table[i].forget_at < oldest->forget_at)
            oldest = &table[i];
    }
    if (n == most_learned)
        return *oldest;
    count.store(n + 1, std::memory_order_relaxed);
    return table[n] = learned{};
}

}  // namespace

u32 learned_path_mtu(const ip_address& destination) noexcept {
    if (count.load(std::memory_order_relaxed) == 0)
        return 0;
    sync::lock_guard guard{mutex};
    const usize n = count.load(std::memory_order_relaxed);
    for (usize i = 0; i < n; ++i)
        if (table[i].destination == destination)
            return table[i].mtu;
    return 0;
}

void learn_path_mtu(const ip_address& destination, u32 mtu) noexcept {
    const u32 least = destination.is_v4() ? least_v4 : least_v6;
    mtu = mtu < least ? least : mtu;
    sync::lock_guard guard{mutex};
    learned& entry = place_of(destination);
    if (entry.destination == destination && entry.mtu <= mtu)
        return;  // only ever smaller (RFC 1191 §3)
    entry = {destination, mtu, sched::monotonic_now() + kept};
    forgetting.arm(table[0].forget_at < entry.forget_at ? table[0].forget_at : entry.forget_at);
    forget_routes();
}

}  // namespace osprey::net
