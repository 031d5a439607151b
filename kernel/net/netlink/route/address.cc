// SPDX-License-Identifier: BSD-3-Clause
//
// RTM_NEWADDR, RTM_DELADDR, RTM_GETADDR.
#include <net/netlink/route/route_messages.hh>
#include <sched/clock.hh>

namespace osprey::net {
namespace {

/// struct ifaddrmsg
struct address_header {
    u8 family, prefix, flags, scope;
    u32 index;
};
static_assert(sizeof(address_header) == 8);

enum address_attribute : u16 {
    ifa_address = 1,
    ifa_local = 2,
    ifa_label = 3,
    ifa_broadcast = 4,
    ifa_cacheinfo = 6,
    ifa_flags = 8,
};
using attributes = netlink_attributes<ifa_flags>;

/// struct ifa_cacheinfo
struct life_times {
    u32 preferred_seconds, valid_seconds;  // ~0: for ever
    u32 created, updated;                  // hundredths of seconds since boot
};

u32 seconds_until(instant t, instant now) noexcept {
    if (t == instant::never())
        return ~u32{0};
    return t > now ? static_cast<u32>((t.ns - now.ns) / 1'000'000'000) : 0;
}
instant in_seconds(u32 seconds) noexcept {
    return seconds == ~u32{0} ? instant::never()
                              : sched::monotonic_now() + duration::seconds(seconds);
}

/// A copy of all addresses of an interface: messages are not written under RCU.
result<vector<interface_address>> addresses_of(const interface& i) noexcept {
    vector<interface_address> all;
    for (usize wanted = 8;; wanted *= 2) {
        all.clear();
        TRY_VOID(all.reserve(wanted));
        bool fits = true;
        i.for_each_address([&](const interface_address& a) {
            if (all.size() < wanted)
                (void)all.push_back(a);
            else
                fits = false;
        });
        if (fits)
            return all;
    }
}

result<void> list_addresses(const netlink_request_view& r, netlink_answer& answer) noexcept {
    const auto h = r.fixed<address_header>();
    answer.is_dump();
    if (r.strict && h.index != 0 && !find_interface(h.index))
        return errc::no_device;
    for (interface* i = first_interface(); i; i = next_interface(*i)) {
        if (r.strict && h.index != 0 && h.index != i->index())
            continue;
        for (const interface_address& a : TRY(addresses_of(*i)))
            if (wanted(h.family, a.address))
                answer.message(new_address,
                               [&](netlink_writer& out) { write_address(out, *i, a); });
    }
    return ok;
}

result<interface_address> parse(const address_header& h, const attributes& a) noexcept {
    if (h.family != af_inet && h.family != af_inet6)
        return errc::address_family_not_supported;
    interface_address out;
    const u16 which = a.has(ifa_local) ? ifa_local : ifa_address;
    out.address = TRY(a.address(which, h.family));
    if (h.prefix > bits_of(h.family))
        return errc::invalid_argument;
    out.prefix = h.prefix;
    out.scope = h.scope;
    out.flags = a.get<u32>(ifa_flags, h.flags) | address_permanent;
    if (a.has(ifa_broadcast) && h.family == af_inet)
        out.broadcast = TRY(a.address(ifa_broadcast, h.family));
    if (a.has(ifa_cacheinfo)) {
        const auto times = a.get<life_times>(ifa_cacheinfo);
        if (times.valid_seconds == 0 || times.preferred_seconds > times.valid_seconds)
            return errc::invalid_argument;
        out.valid_until = in_seconds(times.valid_seconds);
        out.preferred_until = in_seconds(times.preferred_seconds);
        if (times.valid_seconds != ~u32{0})
            out.flags &= ~u32{address_permanent};
    }
    return out;
}

result<void> change_address(const netlink_request_view& r) noexcept {
    if (!r.has<address_header>())
        return errc::invalid_argument;
    const auto h = r.fixed<address_header>();
    const attributes a{r.behind(sizeof h)};
    const interface_address wanted = TRY(parse(h, a));
    interface* i = find_interface(h.index);
    if (!i)
        return errc::no_device;
    if (r.header.type == delete_address)
        return i->remove_address(wanted.address);
    if (i->has_address(wanted.address)) {
        if (r.header.flags & netlink_exclusive || !(r.header.flags & netlink_replace))
            return errc::exists;
        return i->update_address(wanted);
    }
    return i->add_address(wanted);
}

}  // namespace

void write_address(netlink_writer& out, const interface& i, const interface_address& a) noexcept {
    const u8 family = family_of(a.address);
    out.fixed(address_header{family, a.prefix, static_cast<u8>(a.flags), a.scope, i.index()});
    out.address(ifa_address, a.address);
    if (family == af_inet) {
        out.address(ifa_local, a.address);
        if (a.broadcast.is_v4() && !a.broadcast.is_any())
            out.address(ifa_broadcast, a.broadcast);
        out.text(ifa_label, i.name());
    }
    const instant now = sched::monotonic_now();
    out.attribute(ifa_cacheinfo, life_times{seconds_until(a.preferred_until, now),
                                            seconds_until(a.valid_until, now), 0, 0});
    out.attribute(ifa_flags, a.flags);
}

result<void> handle_address(const netlink_request_view& r, netlink_answer& answer) noexcept {
    if (r.header.type != get_address)
        return change_address(r);
    if (r.wants_dump())
        return list_addresses(r, answer);
    // Only IPv6 can be asked for a single one.
    const auto h = r.fixed<address_header>();
    if (h.family != af_inet6)
        return errc::not_supported;
    const attributes a{r.behind(sizeof h)};
    const ip_address asked = TRY(a.address(a.has(ifa_local) ? ifa_local : ifa_address, h.family));
    for (interface* i = first_interface(); i; i = next_interface(*i))
        for (const interface_address& found : TRY(addresses_of(*i)))
            if (found.address == asked && (h.index == 0 || h.index == i->index())) {
                answer.message(new_address,
                               [&](netlink_writer& out) { write_address(out, *i, found); });
                return ok;
            }
    return errc::address_not_available;
}

}  // namespace osprey::net
