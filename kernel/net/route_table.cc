// SPDX-License-Identifier: BSD-3-Clause
#include <net/route_table.hh>
#include <sched/clock.hh>
#include <sched/timer.hh>
#include <trace/tracepoint.hh>

namespace osprey::net {
namespace {

/// Which of two entries stands first.
bool before(const route_entry& a, const route_entry& b) noexcept {
    if (a.table != b.table)
        return a.table > b.table;
    if (a.destination.is_v4() != b.destination.is_v4())
        return a.destination.is_v4();
    if (a.prefix != b.prefix)
        return a.prefix > b.prefix;
    if (a.destination != b.destination)
        return a.destination < b.destination;
    return a.metric < b.metric;
}

bool same_group(const route_entry& a, const route_entry& b) noexcept {
    return a.table == b.table && a.prefix == b.prefix &&
           a.destination.is_v4() == b.destination.is_v4();
}

bool same_entry(const route_entry& a, const route_entry& b) noexcept {
    return a.table == b.table && a.destination == b.destination && a.prefix == b.prefix &&
           a.metric == b.metric && a.device == b.device && a.gateway == b.gateway &&
           a.type == b.type;
}

bool usable(const route_entry& r, u32 device, instant now) noexcept {
    if (r.expires <= now)
        return false;
    if (!r.device)
        return true;  // unreachable, blackhole, prohibit
    if (device != 0 && r.device->index() != device)
        return false;
    return r.type == route_local || r.device->flags() & if_up;
}

/// Does `r` fit what somebody wants to remove?
bool fits(const route_entry& r, const route_entry& wanted) noexcept {
    return r.table == wanted.table && r.destination == wanted.destination &&
           r.prefix == wanted.prefix && (wanted.metric == 0 || r.metric == wanted.metric) &&
           (!wanted.device || r.device == wanted.device) &&
           (wanted.gateway.is_any() || r.gateway == wanted.gateway) &&
           (wanted.origin == 0 || r.origin == wanted.origin) && r.type == wanted.type;
}

constinit sync::mutex changing{sync::lock_rank::network_configuration};
constinit sync::rcu_pointer<route_snapshot> table;
void expire(sched::timer&) noexcept;
constinit sched::timer expiry{expire};

void publish(unique_ptr<route_snapshot> fresh) noexcept {
    instant first = instant::never();
    for (const route_entry& r : fresh->entries())
        first = r.expires < first ? r.expires : first;
    route_snapshot* old = table.read();
    table.publish(fresh.release());
    forget_routes();
    if (first != instant::never())
        expiry.arm(first);
    if (old)
        sync::rcu_defer(*old, [](sync::rcu_head* h) { delete static_cast<route_snapshot*>(h); });
}

/// Removes all that `unwanted` names, into `removed` if there is memory for that.
template <typename Unwanted>
result<usize> remove_all(Unwanted&& unwanted, vector<route_entry>& removed, usize most) noexcept {
    sync::lock_guard guard{changing};
    auto fresh = TRY(route_snapshot::copy_of(table.read()));
    usize count = 0;
    for (usize i = 0; i < fresh->entries().size() && count < most;) {
        if (!unwanted(fresh->entries()[i])) {
            ++i;
            continue;
        }
        (void)removed.push_back(fresh->entries()[i]);
        fresh->erase(i);
        ++count;
    }
    if (count == 0)
        return usize{0};
    TRY_VOID(fresh->index());
    publish(std::move(fresh));
    return count;
}

void announce_removed(const vector<route_entry>& removed) noexcept {
    for (const route_entry& r : removed)
        announce({change::kind::route_removed, r.device, nullptr, &r});
}

void expire(sched::timer&) noexcept {
    const instant now = sched::monotonic_now();
    vector<route_entry> removed;
    (void)remove_all([now](const route_entry& r) noexcept { return r.expires <= now; }, removed,
                     ~usize{0});
    announce_removed(removed);
}

}  // namespace

result<unique_ptr<route_snapshot>> route_snapshot::copy_of(const route_snapshot* old) noexcept {
    auto fresh = TRY(make_unique<route_snapshot>());
    if (old)
        TRY_VOID(fresh->entries_.append(old->entries_.span()));
    return fresh;
}

result<void> route_snapshot::insert(const route_entry& r) noexcept {
    usize at = 0;
    while (at < entries_.size() && !before(r, entries_[at]))
        ++at;
    return entries_.insert(at, r);
}

result<void> route_snapshot::index() noexcept {
    groups_.clear();
    for (u32 i = 0; i < entries_.size(); ++i) {
        const route_entry& r = entries_[i];
        if (i == 0 || !same_group(entries_[i - 1], r))
            TRY_VOID(groups_.push_back(group{r.destination.is_v4(), r.prefix, i, i}));
        groups_.back().end = i + 1;
    }
    return ok;
}

const route_entry* route_snapshot::find(const ip_address& destination, u32 device,
                                        instant now) const noexcept {
    const bool v4 = destination.is_v4();
    for (const group& g : groups_) {
        if (g.v4 != v4)
            continue;
        const ip_address network = destination.network(g.prefix);
        u32 low = g.begin, high = g.end;
        while (low < high) {
            const u32 middle = low + (high - low) / 2;
            if (entries_[middle].destination < network)
                low = middle + 1;
            else
                high = middle;
        }
        for (; low < g.end && entries_[low].destination == network; ++low)
            if (usable(entries_[low], device, now))
                return &entries_[low];
    }
    return nullptr;
}

TRACEPOINT(net, route_lookup, u32 device);
bool look_up_route(const ip_address& destination, u32 device, route_entry& to) noexcept {
    TRACE(route_lookup, device);
    const instant now = sched::monotonic_now();
    sync::rcu_read_guard reading;
    const route_snapshot* t = table.read();
    const route_entry* r = t ? t->find(destination, device, now) : nullptr;
    if (r)
        to = *r;
    return r != nullptr;
}

u8 address_type(const ip_address& a) noexcept {
    if (a.is_multicast())
        return route_multicast;
    if (a == ip_address::v4_broadcast())
        return route_broadcast;
    sync::rcu_read_guard reading;
    const route_snapshot* t = table.read();
    const route_entry* r = t ? t->find(a, 0, instant{}) : nullptr;
    return r && r->table == table_local ? r->type : u8{route_unicast};
}

TRACEPOINT(net, route_add);
result<void> add_route(const route_entry& wanted) noexcept {
    TRACE(route_add);
    route_entry r = wanted;
    const bool v4 = r.destination.is_v4();
    if (r.prefix > r.destination.width() || r.destination.network(r.prefix) != r.destination)
        return errc::invalid_argument;
    if (r.table != table_main && r.table != table_local)
        return errc::not_supported;
    if (!r.gateway.is_any()) {
        // The gateway must be on a link (or, for tunnels of one address, the device is named).
        route_entry way;
        if (r.gateway.is_v4() != v4)
            return errc::invalid_argument;
        if (!r.gateway.is_link_local() || !r.device) {
            if (!look_up_route(r.gateway, r.device ? r.device->index() : 0, way) ||
                !way.gateway.is_any() || way.type != route_unicast)
                return errc::network_unreachable;
            r.device = way.device;
        }
    }
    const bool needs_device = r.type < route_blackhole;
    if (needs_device && !r.device)
        return errc::invalid_argument;
    if (r.device && r.type != route_local && !(r.device->flags() & if_up))
        return errc::network_down;
    {
        sync::lock_guard guard{changing};
        auto fresh = TRY(route_snapshot::copy_of(table.read()));
        for (const route_entry& other : fresh->entries())
            if (same_entry(other, r))
                return errc::exists;
        TRY_VOID(fresh->insert(r));
        TRY_VOID(fresh->index());
        publish(std::move(fresh));
    }
    announce({change::kind::route_added, r.device, nullptr, &r});
    return ok;
}

TRACEPOINT(net, route_remove);
result<void> remove_route(const route_entry& wanted) noexcept {
    TRACE(route_remove);
    vector<route_entry> removed;
    const usize count =
        TRY(remove_all([&](const route_entry& r) noexcept { return fits(r, wanted); }, removed, 1));
    if (count == 0)
        return errc::no_process;
    announce_removed(removed);
    return ok;
}

void remove_routes_if(bool (*unwanted)(const route_entry& r, const void* context) noexcept,
                      const void* context) noexcept {
    vector<route_entry> removed;
    (void)remove_all([&](const route_entry& r) noexcept { return unwanted(r, context); }, removed,
                     ~usize{0});
    announce_removed(removed);
}

result<vector<route_entry>> list_routes() noexcept {
    vector<route_entry> list;
    sync::lock_guard guard{changing};  // nobody retires the table meanwhile
    if (const route_snapshot* t = table.read())
        for (usize i = t->entries().size(); i-- > 0;)  // shortest prefixes, default first
            TRY_VOID(list.push_back(t->entries()[i]));
    return list;
}

}  // namespace osprey::net
