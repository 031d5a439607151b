// SPDX-License-Identifier: BSD-3-Clause
//
// RTM_NEWLINK, RTM_GETLINK: network interfaces.
#include <net/link_view.hh>
#include <net/netlink/route/route_messages.hh>

namespace osprey::net {
namespace {

/// struct ifinfomsg
struct link_header {
    u8 family, padding;
    u16 type;
    i32 index;
    u32 flags, change;
};
static_assert(sizeof(link_header) == 16);

enum link_attribute : u16 {
    ifla_address = 1,
    ifla_broadcast = 2,
    ifla_ifname = 3,
    ifla_mtu = 4,
    ifla_qdisc = 6,
    ifla_stats = 7,
    ifla_txqlen = 13,
    ifla_map = 14,
    ifla_operstate = 16,
    ifla_linkmode = 17,
    ifla_linkinfo = 18,
    ifla_stats64 = 23,
    ifla_group = 27,
    ifla_promiscuity = 30,
    ifla_num_tx_queues = 31,
    ifla_num_rx_queues = 32,
    ifla_carrier = 33,
    ifla_carrier_changes = 35,
    ifla_proto_down = 39,
    ifla_gso_max_segs = 40,
    ifla_gso_max_size = 41,
    ifla_min_mtu = 50,
    ifla_max_mtu = 51,
    ifla_alt_ifname = 53,
};
using attributes = netlink_attributes<ifla_alt_ifname>;

/// The fields of struct rtnl_link_stats64 in front of the detailed error counters.
void write_statistics(netlink_writer& out, const interface& i) noexcept {
    const interface_counters c = i.totals();
    u64 all[25] = {c.received_packets, c.sent_packets,    c.received_bytes,
                   c.sent_bytes,       c.received_errors, c.sent_errors,
                   c.received_dropped, c.sent_dropped,    c.received_multicast};
    u32 old[24];
    for (usize n = 0; n < std::size(old); ++n)
        old[n] = static_cast<u32>(all[n]);
    out.attribute(ifla_stats64, all, sizeof all);
    out.attribute(ifla_stats, old, sizeof old);
}

/// The interface that a request means, by number or name.
result<interface*> meant(const link_header& h, const attributes& a) noexcept {
    interface* i = nullptr;
    if (h.index > 0)
        i = find_interface(static_cast<u32>(h.index));
    else if (a.has(ifla_ifname))
        i = find_interface(a.text(ifla_ifname));
    else if (a.has(ifla_alt_ifname))
        i = find_interface(a.text(ifla_alt_ifname));
    else
        return errc::invalid_argument;
    if (!i)
        return errc::no_device;
    return i;
}

result<void> list_links(const netlink_request_view& r, netlink_answer& answer) noexcept {
    const auto h = r.fixed<link_header>();
    constexpr u8 af_bridge = 7;
    answer.is_dump();
    if (h.family == af_bridge)
        return ok;  // there are no bridges
    for (interface* i = first_interface(); i; i = next_interface(*i))
        answer.message(new_link, [&](netlink_writer& out) { write_link(out, *i); });
    return ok;
}

result<void> change_link(const netlink_request_view& r) noexcept {
    if (!r.has<link_header>())
        return errc::invalid_argument;
    const auto h = r.fixed<link_header>();
    const attributes a{r.behind(sizeof h)};
    auto found = meant(h, a);
    if (!found && found.error() == errc::no_device && r.header.flags & netlink_create)
        return errc::not_supported;  // virtual links
    interface& i = *TRY(std::move(found));
    if (a.has(ifla_linkinfo))
        return errc::not_supported;
    if (a.has(ifla_ifname) && h.index > 0 && a.text(ifla_ifname) != i.name())
        return errc::not_supported;
    if (a.has(ifla_mtu))
        TRY_VOID(i.set_mtu(a.get<u32>(ifla_mtu)));
    if (a.has(ifla_address)) {
        if (a[ifla_address].size() < sizeof(mac_address))
            return errc::invalid_argument;
        TRY_VOID(i.set_mac(a.get<mac_address>(ifla_address)));
    }
    const u32 change = h.change ? h.change : ~u32{0};
    if ((h.flags || h.change) && (change & if_up) && ((h.flags ^ i.flags()) & if_up))
        TRY_VOID(i.set_up(h.flags & if_up));
    constexpr u32 filters = if_promiscuous | if_all_multicast;
    if (h.change & filters)
        i.set_flags(h.flags & h.change & filters, ~h.flags & h.change & filters);
    return ok;
}

}  // namespace

void write_link(netlink_writer& out, const interface& i) noexcept {
    const link_view v{i};
    out.fixed(link_header{0, 0, v.hardware_type, static_cast<i32>(i.index()), v.flags, 0});
    out.text(ifla_ifname, i.name());
    out.attribute(ifla_txqlen, v.queue_length);
    out.attribute(ifla_operstate, v.operational_state);
    out.attribute(ifla_linkmode, u8{0});
    out.attribute(ifla_mtu, i.mtu());
    out.attribute(ifla_min_mtu, v.least_mtu);
    out.attribute(ifla_max_mtu, v.most_mtu);
    out.attribute(ifla_group, u32{0});
    out.attribute(ifla_promiscuity, u32{(i.flags() & if_promiscuous) != 0});
    out.attribute(ifla_num_tx_queues, u32{1});
    out.attribute(ifla_gso_max_segs, u32{65535});
    out.attribute(ifla_gso_max_size, u32{65536});
    out.attribute(ifla_num_rx_queues, u32{1});
    out.attribute(ifla_carrier, u8{v.carrier});
    out.text(ifla_qdisc, v.queueing);
    out.attribute(ifla_carrier_changes, u32{0});
    out.attribute(ifla_proto_down, u8{0});
    constexpr u8 map[32] = {};  // struct rtnl_link_ifmap: no ISA card
    out.attribute(ifla_map, map, sizeof map);
    out.attribute(ifla_address, i.mac());
    out.attribute(ifla_broadcast, v.broadcast);
    write_statistics(out, i);
}

result<void> handle_link(const netlink_request_view& r, netlink_answer& answer) noexcept {
    if (r.header.type == new_link)
        return change_link(r);
    if (r.header.type == delete_link)
        return errc::not_supported;
    if (r.wants_dump())
        return list_links(r, answer);
    if (!r.has<link_header>())
        return errc::invalid_argument;
    const auto h = r.fixed<link_header>();
    interface& i = *TRY(meant(h, attributes{r.behind(sizeof h)}));
    answer.message(new_link, [&](netlink_writer& out) { write_link(out, i); });
    return ok;
}

}  // namespace osprey::net
