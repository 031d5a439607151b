// SPDX-License-Identifier: BSD-3-Clause
//
// RTM_NEWROUTE, RTM_DELROUTE, RTM_GETROUTE: the routing table, and the question where a packet
// would go.
#include <net/netlink/route/route_messages.hh>
#include <sched/clock.hh>

namespace osprey::net {
namespace {

/// struct rtmsg
struct route_header {
    u8 family, destination_bits, source_bits, service, table, origin, scope, type;
    u32 flags;
};
static_assert(sizeof(route_header) == 12);
constexpr u32 flag_cloned = 0x200, flag_fib_match = 0x2000;

enum route_attribute : u16 {
    rta_destination = 1,
    rta_source = 2,
    rta_input = 3,
    rta_output = 4,
    rta_gateway = 5,
    rta_priority = 6,
    rta_preferred_source = 7,
    rta_metrics = 8,
    rta_multipath = 9,
    rta_cacheinfo = 12,
    rta_table = 15,
    rta_via = 18,
    rta_preference = 20,
    rta_encapsulation = 22,
    rta_user = 25,
};
using attributes = netlink_attributes<rta_user>;
constexpr u16 metric_mtu = 2;  // RTAX_MTU
constexpr u32 default_metric_v6 = 1024;

/// struct rta_cacheinfo
struct cache_view {
    u32 references, last_use, expires_hundredths, error, used, id, time_stamp, time_stamp_age;
};

result<route_entry> parse(const route_header& h, const attributes& a) noexcept {
    if (h.family != af_inet && h.family != af_inet6)
        return errc::address_family_not_supported;
    if (a.malformed() || h.destination_bits > bits_of(h.family))
        return errc::invalid_argument;
    if (a.has(rta_multipath) || a.has(rta_via) || a.has(rta_encapsulation))
        return errc::not_supported;
    if (h.source_bits != 0)
        return errc::invalid_argument;
    route_entry e;
    e.destination = h.family == af_inet ? ip_address::v4_any() : ip_address{};
    if (a.has(rta_destination))
        e.destination = TRY(a.address(rta_destination, h.family));
    e.prefix = h.destination_bits;
    e.gateway = h.family == af_inet ? ip_address::v4_any() : ip_address{};
    e.preferred_source = e.gateway;
    if (a.has(rta_gateway))
        e.gateway = TRY(a.address(rta_gateway, h.family));
    if (a.has(rta_preferred_source))
        e.preferred_source = TRY(a.address(rta_preferred_source, h.family));
    if (a.has(rta_output)) {
        e.device = find_interface(a.get<u32>(rta_output));
        if (!e.device)
            return errc::no_device;
    }
    e.metric = a.get<u32>(rta_priority);
    e.table = a.get<u32>(rta_table, h.table ? h.table : u32{table_main});
    e.origin = h.origin;
    e.scope = h.scope;
    e.type = h.type;
    if (a.has(rta_metrics)) {
        const netlink_attributes<metric_mtu> metrics{a[rta_metrics]};
        e.mtu = metrics.get<u32>(metric_mtu);
    }
    return e;
}

bool same_route(const route_entry& a, const route_entry& b) noexcept {
    return a.destination == b.destination && a.prefix == b.prefix && a.table == b.table &&
           a.metric == b.metric;
}

/// RTM_NEWROUTE with its flags, which say what may be there already.
result<void> make_route(const netlink_request_view& r, route_entry& e) noexcept {
    const u16 how = r.header.flags;
    if (family_of(e.destination) == af_inet6 && e.metric == 0)
        e.metric = default_metric_v6;
    if (e.type == 0)
        e.type = route_unicast;
    const route_entry* there = nullptr;
    const auto all = TRY(list_routes());
    for (const route_entry& known : all)
        if (same_route(known, e)) {
            there = &known;
            break;
        }
    if (there && how & netlink_exclusive)
        return errc::exists;
    if (there && how & netlink_replace)
        TRY_VOID(remove_route(*there));
    else if (!there && !(how & netlink_create))
        return errc::no_entry;
    return add_route(e);
}

result<void> change_route(const netlink_request_view& r) noexcept {
    if (!r.has<route_header>())
        return errc::invalid_argument;
    const auto h = r.fixed<route_header>();
    route_entry e = TRY(parse(h, attributes{r.behind(sizeof h)}));
    return r.header.type == new_route ? make_route(r, e) : remove_route(e);
}

result<void> list(const netlink_request_view& r, netlink_answer& answer) noexcept {
    const auto h = r.fixed<route_header>();
    const attributes a{r.has<route_header>() ? r.behind(sizeof h) : std::span<const u8>{}};
    answer.is_dump();
    if (h.flags & flag_cloned)
        return ok;  // routes of single destinations are kept by sockets
    u32 table = 0, device = 0;
    if (r.strict) {
        table = a.get<u32>(rta_table, h.table);
        device = a.get<u32>(rta_output);
    }
    const auto routes = TRY(list_routes());
    bool any = false;
    for (const route_entry& e : routes) {
        if (!wanted(h.family, e.destination) || (table && table != e.table))
            continue;
        if (device && (!e.device || e.device->index() != device))
            continue;
        any = true;
        answer.message(new_route, [&](netlink_writer& out) { write_route(out, e); });
    }
    if (!any && table != 0 && table != table_main && table != table_local)
        return errc::no_entry;
    return ok;
}

/// `ip route get`
result<void> look_up(const netlink_request_view& r, netlink_answer& answer) noexcept {
    if (!r.has<route_header>())
        return errc::invalid_argument;
    const auto h = r.fixed<route_header>();
    const attributes a{r.behind(sizeof h)};
    if (h.family != af_inet && h.family != af_inet6)
        return errc::not_supported;
    route_query q;
    q.destination =
        a.has(rta_destination) ? TRY(a.address(rta_destination, h.family)) : ip_address::v4_any();
    if (a.has(rta_source))
        q.source = TRY(a.address(rta_source, h.family));
    q.device = a.get<u32>(rta_output);
    const auto way = TRY(find_route(q));
    route_header out_header{
        h.family,   static_cast<u8>(bits_of(h.family)), 0, 0, table_main, 0, 0, way->type,
        flag_cloned};
    if (way->is_local())
        out_header.table = table_local;
    answer.message(new_route, [&](netlink_writer& out) {
        out.fixed(out_header);
        out.attribute(rta_table, u32{out_header.table});
        out.address(rta_destination, q.destination);
        if (a.has(rta_source))
            out.address(rta_source, q.source);
        if (way->next_hop != q.destination && !way->next_hop.is_any() && !way->is_local())
            out.address(rta_gateway, way->next_hop);
        if (way->device)
            out.attribute(rta_output, way->device->index());
        if (!way->source.is_any())
            out.address(rta_preferred_source, way->source);
        out.attribute(rta_user, u32{0});
        out.attribute(rta_cacheinfo, cache_view{});
    });
    return ok;
}

}  // namespace

void write_route(netlink_writer& out, const route_entry& e) noexcept {
    const u8 family = family_of(e.destination);
    const u8 short_table = e.table < 256 ? static_cast<u8>(e.table) : u8{252};  // RT_TABLE_COMPAT
    out.fixed(route_header{family, e.prefix, 0, 0, short_table, e.origin, e.scope, e.type, 0});
    out.attribute(rta_table, e.table);
    if (e.prefix != 0)
        out.address(rta_destination, e.destination);
    if (e.metric != 0 || family == af_inet6)
        out.attribute(rta_priority, e.metric);
    if (!e.preferred_source.is_any())
        out.address(rta_preferred_source, e.preferred_source);
    if (e.mtu != 0) {
        const usize nest = out.begin_nest(rta_metrics);
        out.attribute(metric_mtu, e.mtu);
        out.end_nest(nest);
    }
    if (!e.gateway.is_any())
        out.address(rta_gateway, e.gateway);
    if (e.device)
        out.attribute(rta_output, e.device->index());
    if (family == af_inet6) {
        cache_view times{};
        const instant now = sched::monotonic_now();
        if (e.expires != instant::never() && e.expires > now)
            times.expires_hundredths = static_cast<u32>((e.expires.ns - now.ns) / 10'000'000);
        out.attribute(rta_cacheinfo, times);
        out.attribute(rta_preference, u8{0});  // medium (RFC 4191)
    }
}

result<void> handle_route(const netlink_request_view& r, netlink_answer& answer) noexcept {
    if (r.header.type != get_route)
        return change_route(r);
    return r.wants_dump() ? list(r, answer) : look_up(r, answer);
}

}  // namespace osprey::net
