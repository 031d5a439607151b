// SPDX-License-Identifier: BSD-3-Clause
// Addresses of interfaces, and the routes that come and go with them.
#include <net/interface.hh>
#include <net/ipv6/ipv6.hh>
#include <net/route.hh>

namespace osprey::net {
namespace {

route_entry route_of(const interface_address& a, interface* device) noexcept {
    route_entry r;
    r.device = device;
    r.origin = origin_kernel;
    r.preferred_source = a.address.is_v4() ? a.address : ip_address{};
    return r;
}

/// The address itself: packets to it stay here.
route_entry local_route(const interface_address& a, interface* device) noexcept {
    route_entry r = route_of(a, device);
    r.type = route_local;
    r.table = table_local;
    r.scope = scope_host;
    // All of 127.0.0.0/8 is this machine (RFC 1122 §3.2.1.3).
    const bool loopback = a.address.is_v4() && a.address.is_loopback();
    r.destination = loopback ? a.address.network(a.prefix) : a.address;
    r.prefix = loopback ? a.prefix : a.address.width();
    return r;
}

/// The network that the address lies in is at the other end of the link.
route_entry prefix_route(const interface_address& a, interface* device) noexcept {
    route_entry r = route_of(a, device);
    r.destination = a.address.network(a.prefix);
    r.prefix = a.prefix;
    r.scope = scope_link;
    if (!a.address.is_v4())
        r.metric = 256;  // as Linux gives them
    return r;
}

route_entry broadcast_route(const interface_address& a, interface* device) noexcept {
    route_entry r = route_of(a, device);
    r.type = route_broadcast;
    r.table = table_local;
    r.scope = scope_link;
    r.destination = a.broadcast;
    r.prefix = 32;
    return r;
}

bool has_prefix_route(const interface_address& a) noexcept {
    return a.prefix < a.address.width() && !a.address.is_loopback() &&
           !(a.flags & address_no_prefix_route);
}

}  // namespace

void interface::add_address_routes(const interface_address& a) noexcept {
    (void)add_route(local_route(a, this));
    if (!(flags() & if_up))
        return;
    if (has_prefix_route(a))
        (void)add_route(prefix_route(a, this));
    if (a.address.is_v4() && !a.broadcast.is_any())
        (void)add_route(broadcast_route(a, this));
}

void interface::remove_address_routes(const interface_address& a) noexcept {
    (void)remove_route(local_route(a, this));
    if (a.address.is_v4() && !a.broadcast.is_any())
        (void)remove_route(broadcast_route(a, this));
    // Another address in the same network keeps the network reachable.
    bool shared = false;
    for_each_address([&](const interface_address& other) noexcept {
        shared |= other.prefix == a.prefix && other.address.same_prefix(a.address, a.prefix);
    });
    if (has_prefix_route(a) && !shared)
        (void)remove_route(prefix_route(a, this));
}

/// Publishes a copy of the table that `edit(vector<interface_address>&)` has changed.
template <typename Edit>
result<void> interface::edit_addresses(Edit&& edit) noexcept {
    sync::lock_guard guard{changes_};
    address_table* old = addresses_.read();
    auto fresh = TRY(make_unique<address_table>());
    if (old)
        TRY_VOID(fresh->entries.append(old->entries.span()));
    TRY_VOID(edit(fresh->entries));
    u32 first = 0;
    for (const interface_address& a : fresh->entries)
        if (a.address.is_v4() && first == 0)
            first = a.address.v4();
    first_ipv4_.store(first, std::memory_order_relaxed);
    addresses_.publish(fresh.release());
    if (old)
        sync::rcu_defer(*old,
                        [](sync::rcu_head* head) { delete static_cast<address_table*>(head); });
    return ok;
}

result<void> interface::add_address(const interface_address& wanted) noexcept {
    interface_address a = wanted;
    if (a.prefix > a.address.width() || a.address.is_any() || a.address.is_multicast())
        return errc::invalid_argument;
    if (a.address.is_v4() && a.broadcast.is_any() && a.prefix < 31 && !is_loopback())
        a.broadcast = ip_address::v4(a.address.v4() | (a.prefix ? ~u32{0} >> a.prefix : ~u32{0}));
    TRY_VOID(edit_addresses([&](vector<interface_address>& entries) noexcept -> result<void> {
        for (const interface_address& other : entries) {
            if (other.address == a.address)
                return errc::exists;
            if (a.address.is_v4() && other.prefix == a.prefix &&
                other.address.same_prefix(a.address, a.prefix))
                a.flags |= address_secondary;
        }
        return entries.push_back(a);
    }));
    add_address_routes(a);
    forget_routes();
    announce({change::kind::address_added, this, &a});
    if (!a.address.is_v4())
        address_added_ipv6(*this, a.address);
    return ok;
}

result<void> interface::remove_address(const ip_address& a) noexcept {
    interface_address gone;
    TRY_VOID(edit_addresses([&](vector<interface_address>& entries) noexcept -> result<void> {
        for (usize i = 0; i < entries.size(); ++i)
            if (entries[i].address == a) {
                gone = entries[i];
                entries.erase(i);
                return ok;
            }
        return errc::address_not_available;
    }));
    remove_address_routes(gone);
    forget_routes();
    announce({change::kind::address_removed, this, &gone});
    return ok;
}

result<void> interface::update_address(const interface_address& a) noexcept {
    TRY_VOID(edit_addresses([&](vector<interface_address>& entries) noexcept -> result<void> {
        for (interface_address& e : entries)
            if (e.address == a.address) {
                e = a;
                return ok;
            }
        return errc::address_not_available;
    }));
    forget_routes();
    announce({change::kind::address_added, this, &a});
    return ok;
}

bool interface::has_address(const ip_address& a) const noexcept {
    if (a.is_v4() && a.v4() != 0 && a.v4() == first_ipv4_.load(std::memory_order_relaxed))
        return true;
    bool found = false;
    for_each_address([&](const interface_address& mine) noexcept { found |= mine.address == a; });
    return found;
}

bool interface::is_broadcast(const ip_address& a) const noexcept {
    bool found = false;
    for_each_address([&](const interface_address& mine) noexcept {
        found |= mine.address.is_v4() && !mine.broadcast.is_any() && mine.broadcast == a;
    });
    return found;
}

ip_address interface::ipv4_source(const ip_address& towards) const noexcept {
    ip_address first, near;
    for_each_address([&](const interface_address& mine) noexcept {
        if (!mine.address.is_v4())
            return;
        if (first.is_any())
            first = mine.address;
        if (near.is_any() && towards.is_v4() && mine.address.same_prefix(towards, mine.prefix))
            near = mine.address;
    });
    return near.is_any() ? first : near;
}

}  // namespace osprey::net
