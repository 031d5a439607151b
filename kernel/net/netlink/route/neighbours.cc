// SPDX-License-Identifier: BSD-3-Clause
//
// RTM_NEWNEIGH, RTM_DELNEIGH, RTM_GETNEIGH; and RTM_GETRULE.
#include <net/netlink/route/route_messages.hh>

namespace osprey::net {
namespace {

/// struct ndmsg
struct neighbour_header {
    u8 family, padding;
    u16 padding2;
    i32 index;
    u16 state;
    u8 flags, type;
};
static_assert(sizeof(neighbour_header) == 12);
constexpr u8 flag_proxy = 0x08, flag_router = 0x80;

enum neighbour_attribute : u16 {
    nda_destination = 1,
    nda_link_address = 2,
    nda_cacheinfo = 3,
    nda_probes = 4,
    nda_ifindex = 8,
};
using attributes = netlink_attributes<nda_ifindex>;

/// struct nda_cacheinfo
struct cache_view {
    u32 confirmed, used, updated, references;
};

result<void> list(const netlink_request_view& r, netlink_answer& answer) noexcept {
    const auto h = r.fixed<neighbour_header>();
    const attributes a{r.has<neighbour_header>() ? r.behind(sizeof h) : std::span<const u8>{}};
    answer.is_dump();
    if (h.flags == flag_proxy)
        return ok;  // there are no proxies
    const u32 device = a.get<u32>(nda_ifindex);
    const auto all = TRY(list_neighbours());
    for (const neighbour_entry& n : all)
        if (wanted(h.family, n.address) && (!device || n.device->index() == device))
            answer.message(new_neighbour, [&](netlink_writer& out) { write_neighbour(out, n); });
    return ok;
}

struct meant_neighbour {
    interface* device;
    ip_address address;
};
result<meant_neighbour> meant(const neighbour_header& h, const attributes& a) noexcept {
    if (h.family != af_inet && h.family != af_inet6)
        return errc::address_family_not_supported;
    if (!a.has(nda_destination))
        return errc::invalid_argument;
    interface* i = find_interface(static_cast<u32>(h.index));
    if (!i)
        return errc::no_device;
    return meant_neighbour{i, TRY(a.address(nda_destination, h.family))};
}

result<bool> is_known(const meant_neighbour& m) noexcept {
    const auto all = TRY(list_neighbours());
    for (const neighbour_entry& n : all)
        if (n.device == m.device && n.address == m.address)
            return true;
    return false;
}

result<void> change_neighbour(const netlink_request_view& r) noexcept {
    if (!r.has<neighbour_header>())
        return errc::invalid_argument;
    const auto h = r.fixed<neighbour_header>();
    const attributes a{r.behind(sizeof h)};
    const auto m = TRY(meant(h, a));
    if (h.flags & flag_proxy)
        return errc::not_supported;
    if (r.header.type == delete_neighbour)
        return remove_neighbour(*m.device, m.address);
    const bool known = TRY(is_known(m));
    if (!known && !(r.header.flags & netlink_create))
        return errc::no_entry;
    if (known && r.header.flags & netlink_exclusive)
        return errc::exists;
    if (a[nda_link_address].size() < sizeof(mac_address))
        return errc::invalid_argument;
    const auto state = h.state & static_cast<u16>(neighbour_state::permanent)
                           ? neighbour_state::permanent
                           : neighbour_state::reachable;
    return set_neighbour(*m.device, m.address, a.get<mac_address>(nda_link_address), state);
}

result<void> get_one(const netlink_request_view& r, netlink_answer& answer) noexcept {
    if (!r.has<neighbour_header>())
        return errc::invalid_argument;
    const auto h = r.fixed<neighbour_header>();
    const auto m = TRY(meant(h, attributes{r.behind(sizeof h)}));
    const auto all = TRY(list_neighbours());
    for (const neighbour_entry& n : all)
        if (n.device == m.device && n.address == m.address) {
            answer.message(new_neighbour, [&](netlink_writer& out) { write_neighbour(out, n); });
            return ok;
        }
    return errc::no_entry;
}

/// struct fib_rule_hdr
struct rule_header {
    u8 family, destination_bits, source_bits, service, table, reserved1, reserved2, action;
    u32 flags;
};
static_assert(sizeof(rule_header) == 12);

}  // namespace

void write_neighbour(netlink_writer& out, const neighbour_entry& n) noexcept {
    out.fixed(neighbour_header{family_of(n.address), 0, 0, static_cast<i32>(n.device->index()),
                               static_cast<u16>(n.state), n.router ? flag_router : u8{0},
                               route_unicast});
    out.address(nda_destination, n.address);
    constexpr u8 with_address = 0x80 | 0x02 | 0x04 | 0x08 | 0x10;  // NUD_VALID
    if (static_cast<u8>(n.state) & with_address)
        out.attribute(nda_link_address, n.mac);
    out.attribute(nda_probes, u32{0});
    out.attribute(nda_cacheinfo, cache_view{});
}

result<void> handle_neighbour(const netlink_request_view& r, netlink_answer& answer) noexcept {
    if (r.header.type != get_neighbour)
        return change_neighbour(r);
    return r.wants_dump() ? list(r, answer) : get_one(r, answer);
}

result<void> handle_rule(const netlink_request_view& r, netlink_answer& answer) noexcept {
    if (r.header.type != get_rule || !r.wants_dump())
        return errc::not_supported;  // the rules are fixed
    enum rule_attribute : u16 { priority = 6, suppress_prefix = 14, table = 15, origin = 21 };
    const struct {
        u8 family;
        u32 priority;
        u8 table;
    } rules[] = {{af_inet, 0, table_local},
                 {af_inet, 32766, table_main},
                 {af_inet, 32767, 253},
                 {af_inet6, 0, table_local},
                 {af_inet6, 32766, table_main}};
    const u8 family = r.payload.empty() ? 0 : r.payload[0];
    answer.is_dump();
    for (const auto& rule : rules) {
        if (family != 0 && family != rule.family)
            continue;
        answer.message(32, [&](netlink_writer& out) {  // RTM_NEWRULE
            out.fixed(rule_header{rule.family, 0, 0, 0, rule.table, 0, 0, 1, 0});
            out.attribute(table, u32{rule.table});
            out.attribute(suppress_prefix, ~u32{0});
            out.attribute(origin, u8{origin_kernel});
            if (rule.priority)
                out.attribute(priority, rule.priority);
        });
    }
    return ok;
}

}  // namespace osprey::net
