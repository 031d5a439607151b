// SPDX-License-Identifier: BSD-3-Clause
// The cache of neighbours: a hash table that is read under RCU and changed under one mutex, and one
// timer for all of them.
#include <base/hash.hh>
#include <net/arp/arp.hh>
#include <net/ethernet.hh>
#include <net/ipv6/ipv6.hh>
#include <net/neighbour_cache.hh>
#include <net/output.hh>
#include <net/protocol.hh>
#include <net/route.hh>
#include <sched/clock.hh>
#include <trace/tracepoint.hh>

namespace osprey::net {
namespace {

using access = neighbour_access;

constexpr usize buckets = 256;
constinit std::atomic<neighbour*> table[buckets]{};
constinit sync::mutex mutex{sync::lock_rank::network_neighbours};
constinit usize count = 0;
constinit instant armed = instant::never();
void look_at_deadlines(sched::timer&) noexcept;
constinit sched::timer timer{look_at_deadlines};

std::atomic<neighbour*>& bucket_of(const interface& device, const ip_address& a) noexcept {
    return table[mix(a.low() ^ device.index(), a.high()) % buckets];
}

neighbour* search(std::atomic<neighbour*>& bucket, const interface& device,
                  const ip_address& a) noexcept {
    neighbour* n = bucket.load(std::memory_order_acquire);
    while (n && !(&n->device() == &device && n->address() == a))
        n = access::next(*n).load(std::memory_order_acquire);
    return n;
}

/// Mutex held. The timer may fire too early, never too late.
void watch(const neighbour& n) noexcept {
    if (access::deadline(n) >= armed)
        return;
    armed = access::deadline(n);
    timer.arm(armed);
}

/// Takes `n` out of its bucket. Mutex held. The cache's reference goes to `work`.
void unlink(neighbour& n, neighbour_work& work) noexcept {
    std::atomic<neighbour*>* link = &bucket_of(n.device(), n.address());
    while (link->load(std::memory_order_relaxed) != &n)
        link = &access::next(*link->load(std::memory_order_relaxed));
    link->store(access::next(n).load(std::memory_order_relaxed), std::memory_order_release);
    --count;
    access::unlist(n, work);
    work.who = refptr<neighbour>::adopt(&n);
}

/// Removes idle ones. Mutex held. @return whether there is room.
bool make_room(instant now) noexcept {
    if (count < most_neighbours)
        return true;
    for (auto& bucket : table)
        for (neighbour* n = bucket.load(std::memory_order_relaxed); n;) {
            neighbour* following = access::next(*n).load(std::memory_order_relaxed);
            if (access::evictable(*n, now)) {
                neighbour_work dropped;  // nobody is told about what nobody used
                unlink(*n, dropped);
            }
            n = following;
        }
    return count < most_neighbours;
}

/// The listed neighbour, made if need be. Mutex held.
result<neighbour*> find_or_add(interface& device, const ip_address& a, instant now) noexcept {
    auto& bucket = bucket_of(device, a);
    if (neighbour* n = search(bucket, device, a))
        return n;
    if (!make_room(now))
        return errc::no_buffers;
    auto* n = new (std::nothrow) neighbour{device, a};
    if (!n)
        return errc::out_of_memory;
    access::next(*n).store(bucket.load(std::memory_order_relaxed), std::memory_order_relaxed);
    bucket.store(n, std::memory_order_release);
    ++count;
    return n;
}

/// One round of what is due. @return whether there may be more.
bool run_due(instant now, neighbour_work (&work)[8], usize& used) noexcept {
    sync::lock_guard guard{mutex};
    used = 0;
    armed = instant::never();
    for (auto& bucket : table)
        for (neighbour* n = bucket.load(std::memory_order_relaxed); n;
             n = access::next(*n).load(std::memory_order_relaxed)) {
            if (access::deadline(*n) <= now) {
                if (used == std::size(work))
                    return true;
                access::time_out(*n, work[used++], now);
            }
            if (access::deadline(*n) < armed)
                armed = access::deadline(*n);
        }
    if (armed != instant::never())
        timer.arm(armed);
    return false;
}

void look_at_deadlines(sched::timer&) noexcept {
    const instant now = sched::monotonic_now();
    for (bool more = true; more;) {
        neighbour_work work[8];
        usize used;
        more = run_due(now, work, used);
        for (usize i = 0; i < used; ++i)
            perform(work[i]);
    }
}

template <typename Unwanted>
usize remove_if(Unwanted&& unwanted) noexcept {
    usize removed = 0;
    for (;;) {
        neighbour_work work;
        {
            sync::lock_guard guard{mutex};
            neighbour* found = nullptr;
            for (auto& bucket : table)
                for (neighbour* n = bucket.load(std::memory_order_relaxed); n && !found;
                     n = access::next(*n).load(std::memory_order_relaxed))
                    found = unwanted(*n) ? n : nullptr;
            if (!found)
                break;
            unlink(*found, work);
        }
        perform(work);
        ++removed;
    }
    if (removed)
        forget_routes();
    return removed;
}

}  // namespace

void neighbour_access::free(sync::rcu_head* head) noexcept {
    alignas(neighbour) static constexpr char place[sizeof(neighbour)] = {};
    const auto* origin = reinterpret_cast<const neighbour*>(place);
    const auto offset = reinterpret_cast<const char*>(&origin->rcu_) - place;
    delete reinterpret_cast<neighbour*>(reinterpret_cast<char*>(head) - offset);
}

void neighbour::last_reference_gone() noexcept {
    sync::rcu_defer(rcu_, neighbour_access::free);
}

void perform(neighbour_work& work) noexcept {
    while (packet_ptr p = work.ready.pop_front()) {
        interface& device = work.who->device();
        const u16 type = p->ether_type;
        push_ethernet(*p, work.mac, device.mac(), type);
        transmit_frame(device, std::move(p));
    }
    while (packet_ptr p = work.failed.pop_front())
        tell_unreachable(*p);
    if (work.ask) {
        interface& device = work.who->device();
        const ip_address& target = work.who->address();
        const mac_address* directly = work.ask_directly ? &work.mac : nullptr;
        if (target.is_v4())
            send_arp_request(device, target, directly);
        else
            solicit_neighbour(device, target, ip_address{}, directly);
    }
    if (work.tell)
        announce({work.gone ? change::kind::neighbour_removed : change::kind::neighbour_changed,
                  work.entry.device, nullptr, nullptr, &work.entry});
}

result<refptr<neighbour>> find_neighbour(interface& device, const ip_address& address) noexcept {
    {
        sync::rcu_read_guard reading;
        neighbour* n = search(bucket_of(device, address), device, address);
        if (n && n->try_add_ref())
            return refptr<neighbour>::adopt(n);
    }
    sync::lock_guard guard{mutex};
    return refptr<neighbour>{TRY(find_or_add(device, address, sched::monotonic_now()))};
}

TRACEPOINT(net, neighbour_wait, u32 bytes);
void neighbour::send(packet_ptr p, u16 ether_type) noexcept {
    TRACE(neighbour_wait, p->bytes());
    neighbour_work work;
    {
        sync::lock_guard guard{mutex};
        access::use(*this, std::move(p), ether_type, work, sched::monotonic_now());
        watch(*this);
    }
    perform(work);
}

void heard_from_neighbour(interface& device, const neighbour_message& m) noexcept {
    neighbour_work work;
    const instant now = sched::monotonic_now();
    {
        sync::lock_guard guard{mutex};
        neighbour* n = search(bucket_of(device, m.address), device, m.address);
        if (!n && m.news == neighbour_news::request && m.has_mac)
            n = find_or_add(device, m.address, now).value_or(nullptr);
        if (!n)
            return;
        access::hear(*n, m, work, now);
        watch(*n);
    }
    perform(work);
}

result<void> set_neighbour(interface& device, const ip_address& address, mac_address mac,
                           neighbour_state state) noexcept {
    neighbour_work work;
    const instant now = sched::monotonic_now();
    {
        sync::lock_guard guard{mutex};
        neighbour* n = TRY(find_or_add(device, address, now));
        access::set(*n, mac, state, work, now);
        watch(*n);
    }
    perform(work);
    return ok;
}

result<void> remove_neighbour(interface& device, const ip_address& address) noexcept {
    const usize removed = remove_if([&](const neighbour& n) noexcept {
        return &n.device() == &device && n.address() == address;
    });
    return removed ? result<void>{} : errc::no_entry;
}

void forget_neighbours(interface& device) noexcept {
    (void)remove_if([&](const neighbour& n) noexcept { return &n.device() == &device; });
}

result<vector<neighbour_entry>> list_neighbours() noexcept {
    vector<neighbour_entry> list;
    sync::lock_guard guard{mutex};
    for (auto& bucket : table)
        for (neighbour* n = bucket.load(std::memory_order_relaxed); n;
             n = access::next(*n).load(std::memory_order_relaxed))
            TRY_VOID(list.push_back(access::entry_of(*n)));
    return list;
}

}  // namespace osprey::net
