// SPDX-License-Identifier: BSD-3-Clause
// Finding the way to a destination, and the ways found lately.
#include <arch/per_cpu.hh>
#include <base/hash.hh>
#include <net/ipv6/ipv6.hh>
#include <net/neighbour.hh>
#include <net/path_mtu.hh>
#include <net/route_table.hh>

namespace osprey::net {

struct route_access {
    static result<refptr<route>> make() noexcept {
        route* r = new (std::nothrow) route;
        if (!r)
            return errc::out_of_memory;
        return refptr<route>::adopt(r);
    }
    static void set_link(route& r, refptr<neighbour> n) noexcept { r.link_ = std::move(n); }
    static void set_mtu(route& r, u32 mtu) noexcept { r.mtu_ = mtu; }
    static void set_generation(route& r, u32 g) noexcept { r.generation_ = g; }
    static void free(sync::rcu_head* head) noexcept {
        alignas(route) static constexpr char place[sizeof(route)] = {};
        const auto* origin = reinterpret_cast<const route*>(place);
        const auto offset = reinterpret_cast<const char*>(&origin->rcu_) - place;
        delete reinterpret_cast<route*>(reinterpret_cast<char*>(head) - offset);
    }
};

route::route() noexcept = default;
route::~route() = default;

void route::last_reference_gone() noexcept {
    sync::rcu_defer(rcu_, route_access::free);  // this CPU's cache may be looked at
}

namespace {

/// Ways of this CPU's latest look-ups, by a hash of the question.
struct recent_routes {
    struct slot {
        route* way;
        route_query question;
    };
    static constexpr usize slots = 64;
    slot table[slots];
};
OSPREY_PER_CPU(recent_routes, recent);

usize slot_of(const route_query& q) noexcept {
    return mix(q.destination.low() ^ q.source.low() << 1,
               q.destination.high() ^ q.source.high() ^ q.device) %
           recent_routes::slots;
}

bool same(const route_query& a, const route_query& b) noexcept {
    return a.destination == b.destination && a.source == b.source && a.device == b.device;
}

refptr<route> find_recent(const route_query& q, usize slot) noexcept {
    sync::rcu_read_guard here;
    const auto& s = recent.mine().table[slot];
    if (s.way && same(s.question, q) && s.way->still_good() && s.way->try_add_ref())
        return refptr<route>::adopt(s.way);
    return nullptr;
}

void remember(const route_query& q, usize slot, refptr<route> r) noexcept {
    {
        sync::rcu_read_guard here;
        auto& s = recent.mine().table[slot];
        s.question = q;
        route* old = s.way;
        s.way = r.release();
        r = refptr<route>::adopt(old);
    }
    // The old one's reference goes here, with preemption on.
}

bool needs_neighbour(const route& r) noexcept {
    return r.type == route_unicast && !(r.device->flags() & (if_loopback | if_noarp));
}

ip_address any_ipv4_source(const ip_address& towards) noexcept {
    for (interface* i = first_interface(); i; i = next_interface(*i))
        if (!i->is_loopback() && (i->flags() & if_up))
            if (const ip_address a = i->ipv4_source(towards); !a.is_any())
                return a;
    return ip_address::v4_any();
}

ip_address choose_source(const route_entry& entry, const route& r, interface& out) noexcept {
    if (!entry.preferred_source.is_any() && out.has_address(entry.preferred_source))
        return entry.preferred_source;
    if (!r.destination.is_v4())
        return r.type == route_local ? r.destination : select_source_address(out, r.destination);
    const ip_address a = out.ipv4_source(r.next_hop);
    return a.is_any() ? any_ipv4_source(r.next_hop) : a;
}

/// The interface that the question itself names: by device, or for multicast by source address.
result<interface*> named_device(const route_query& q) noexcept {
    if (q.device != 0) {
        interface* i = find_interface(q.device);
        if (!i)
            return errc::no_device;
        return i;
    }
    const bool everybody =
        q.destination.is_multicast() || q.destination == ip_address::v4_broadcast();
    if (everybody && !q.source.is_any())
        for (interface* i = first_interface(); i; i = next_interface(*i))
            if (i->has_address(q.source))
                return i;
    if (!q.destination.is_v4() && q.destination.is_link_local())
        return errc::invalid_argument;  // which link? (RFC 4007)
    return static_cast<interface*>(nullptr);
}

result<void> fail_as(u8 type) noexcept {
    if (type == route_unreachable)
        return errc::host_unreachable;
    if (type == route_prohibit)
        return errc::access_denied;
    return type == route_blackhole ? errc::invalid_argument : errc{};
}

/// Which table entry counts, or, where the question names the device, "directly on that link".
result<route_entry> choose_entry(const route_query& q) noexcept {
    interface* named = TRY(named_device(q));
    route_entry entry;
    if (look_up_route(q.destination, named ? named->index() : 0, entry)) {
        TRY_VOID(fail_as(entry.type));
        return entry;
    }
    if (!named)
        return errc::network_unreachable;
    if (!(named->flags() & if_up))
        return errc::network_down;
    entry.device = named;
    return entry;
}

u8 type_of(const route_query& q, const route_entry& entry) noexcept {
    if (q.destination.is_multicast())
        return route_multicast;
    if (q.destination == ip_address::v4_broadcast())
        return route_broadcast;
    return entry.type;
}

u32 mtu_of(const route_entry& entry, const route& r) noexcept {
    u32 mtu = r.device->mtu();
    if (entry.mtu != 0 && entry.mtu < mtu)
        mtu = entry.mtu;
    const u32 learned = r.type == route_unicast ? learned_path_mtu(r.destination) : 0;
    return learned != 0 && learned < mtu ? learned : mtu;
}

result<refptr<route>> make_route(const route_query& q) noexcept {
    // Before the look-up: what changes from here on makes the route old.
    const u32 generation = route_generation.load(std::memory_order_acquire);
    if (!q.source.is_any() && address_type(q.source) != route_local)
        return errc::address_not_available;
    const route_entry entry = TRY(choose_entry(q));
    auto r = TRY(route_access::make());
    r->destination = q.destination;
    r->type = type_of(q, entry);
    const bool direct = entry.gateway.is_any() || r->type != route_unicast;
    r->next_hop = direct ? q.destination : entry.gateway;
    r->device = r->type == route_local ? first_interface() : entry.device;
    r->source = q.source.is_any() ? choose_source(entry, *r, *entry.device) : q.source;
    route_access::set_mtu(*r, mtu_of(entry, *r));
    route_access::set_generation(*r, generation);
    if (needs_neighbour(*r))
        route_access::set_link(*r, TRY(find_neighbour(*r->device, r->next_hop)));
    return r;
}

}  // namespace

result<refptr<route>> find_route(const route_query& asked) noexcept {
    route_query q = asked;
    if (q.destination.is_any()) {
        // "This machine": the address of the sender, else the loopback (as Linux has it).
        const bool v4 = q.destination.is_v4() || q.source.is_v4();
        const auto loopback = v4 ? ip_address::v4(0x7f000001) : ip_address::v6_loopback();
        q.destination = q.source.is_any() ? loopback : q.source;
    }
    const usize slot = slot_of(q);
    if (refptr<route> known = find_recent(q, slot))
        return known;
    auto r = TRY(make_route(q));
    remember(q, slot, r);
    return r;
}

void confirm_neighbour(const route& r) noexcept {
    if (neighbour* n = r.link())
        n->confirm();
}

}  // namespace osprey::net
