// SPDX-License-Identifier: BSD-3-Clause
//
// /proc/net: interfaces, addresses, routes, neighbours and groups, in Linux's formats.
#include <fs/proc/net_files.hh>
#include <net/multicast.hh>
#include <net/neighbour.hh>
#include <net/route.hh>

namespace osprey::fs {
namespace {

/// `text` with spaces in front or behind, to `width` at least.
result<void> right(string& out, std::string_view text, usize width) noexcept {
    for (usize n = text.size(); n < width; ++n)
        TRY_VOID(out.push_back(' '));
    return out.append(text);
}
result<void> left(string& out, std::string_view text, usize width) noexcept {
    TRY_VOID(out.append(text));
    for (usize n = text.size(); n < width; ++n)
        TRY_VOID(out.push_back(' '));
    return ok;
}

/// An IPv4 address as /proc/net writes it: the number that its bytes are on this machine.
u32 as_number(const net::ip_address& a) noexcept {
    return a.is_v4() ? big_endian(a.v4()) : 0;
}
result<void> print_v6(string& out, const net::ip_address& a) noexcept {
    return print(out, "{:016x}{:016x}", a.high(), a.low());
}

result<void> show_dev(string& out) noexcept {
    TRY_VOID(out.append(
        "Inter-|   Receive                                                |  Transmit\n"
        " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs "
        "drop fifo colls carrier compressed\n"));
    for (auto* i = net::first_interface(); i; i = net::next_interface(*i)) {
        const net::interface_counters c = i->totals();
        TRY_VOID(right(out, i->name(), 6));
        TRY_VOID(print(out, ": {:7} {:7} {:4} {:4} {:4} {:5} {:10} {:9}", c.received_bytes,
                       c.received_packets, c.received_errors, c.received_dropped, 0, 0, 0,
                       c.received_multicast));
        TRY_VOID(print(out, " {:8} {:7} {:4} {:4} {:4} {:5} {:7} {:10}\n", c.sent_bytes,
                       c.sent_packets, c.sent_errors, c.sent_dropped, 0, 0, 0, 0));
    }
    return ok;
}

enum route_flag : u32 { up = 1, gateway = 2, host = 4, reject = 0x200, local = 0x8000'0000 };

u32 flags_of(const net::route_entry& r) noexcept {
    u32 f = up;
    if (!r.gateway.is_any())
        f |= gateway;
    if (r.prefix == (r.destination.is_v4() ? 32 : 128))
        f |= host;
    if (r.type >= net::route_blackhole)
        f |= reject;
    if (r.type == net::route_local && !r.destination.is_v4())
        f |= local;
    return f;
}

result<void> show_route(string& out) noexcept {
    constexpr usize width = 127;
    TRY_VOID(left(out,
                  "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\t"
                  "Window\tIRTT",
                  width));
    TRY_VOID(out.push_back('\n'));
    const auto routes = TRY(net::list_routes());
    for (const net::route_entry& r : routes) {
        if (!r.destination.is_v4() || r.table != net::table_main ||
            r.type == net::route_broadcast || r.type == net::route_multicast)
            continue;
        const u32 mask = r.prefix ? big_endian(~u32{0} << (32 - r.prefix)) : 0;
        const string line = TRY(string::format(
            "{}\t{:08X}\t{:08X}\t{:04X}\t0\t0\t{}\t{:08X}\t{}\t0\t0",
            r.device ? r.device->name() : std::string_view{"*"}, as_number(r.destination),
            as_number(r.gateway), flags_of(r), r.metric, mask, r.mtu));
        TRY_VOID(left(out, line.view(), width));
        TRY_VOID(out.push_back('\n'));
    }
    return ok;
}

result<void> show_ipv6_route(string& out) noexcept {
    const auto routes = TRY(net::list_routes());
    for (const net::route_entry& r : routes) {
        if (r.destination.is_v4())
            continue;
        TRY_VOID(print_v6(out, r.destination));
        TRY_VOID(print(out, " {:02x} ", r.prefix));
        TRY_VOID(print_v6(out, {}));
        TRY_VOID(out.append(" 00 "));
        TRY_VOID(print_v6(out, r.gateway));
        TRY_VOID(print(out, " {:08x} {:08x} {:08x} {:08x} ", r.metric, 1, 0, flags_of(r)));
        TRY_VOID(right(out, r.device ? r.device->name() : std::string_view{"lo"}, 8));
        TRY_VOID(out.push_back('\n'));
    }
    return ok;
}

struct placed_address {
    const net::interface* device;
    net::interface_address address;
};
result<void> collect(vector<placed_address>& to) noexcept {
    for (auto* i = net::first_interface(); i; i = net::next_interface(*i)) {
        // Nothing is allocated under RCU: room first, and again if there are more.
        for (usize room = 16;; room *= 2) {
            TRY_VOID(to.reserve(to.size() + room));
            const usize before = to.size();
            usize seen = 0;
            i->for_each_address([&](const net::interface_address& a) {
                if (++seen <= room)
                    (void)to.push_back({i, a});
            });
            if (seen <= room)
                break;
            to.truncate(before);
        }
    }
    return ok;
}

/// Scope of an address in the numbers of this file alone (IPV6_ADDR_*).
u32 scope_of(const net::ip_address& a) noexcept {
    return a.is_loopback() ? 0x10 : a.is_link_local() ? 0x20 : 0;
}

result<void> show_if_inet6(string& out) noexcept {
    vector<placed_address> all;
    TRY_VOID(collect(all));
    for (const placed_address& p : all) {
        const net::interface_address& a = p.address;
        if (a.address.is_v4())
            continue;
        TRY_VOID(print_v6(out, a.address));
        TRY_VOID(print(out, " {:02x} {:02x} {:02x} {:02x} ", p.device->index(), a.prefix,
                       scope_of(a.address), a.flags & 0xff));
        TRY_VOID(right(out, p.device->name(), 8));
        TRY_VOID(out.push_back('\n'));
    }
    return ok;
}

result<void> show_arp(string& out) noexcept {
    TRY_VOID(
        out.append("IP address       HW type     Flags       HW address            Mask     "
                   "Device\n"));
    const auto all = TRY(net::list_neighbours());
    for (const net::neighbour_entry& n : all) {
        if (!n.address.is_v4())
            continue;
        const bool complete = n.state != net::neighbour_state::incomplete &&
                              n.state != net::neighbour_state::failed &&
                              n.state != net::neighbour_state::none;
        const u32 flags = n.state == net::neighbour_state::permanent ? 6 : complete ? 2 : 0;
        TRY_VOID(left(out, net::to_text(n.address).view(), 16));
        TRY_VOID(print(out, " 0x1         0x{:x}         ", flags));
        TRY_VOID(left(out, net::to_text(n.mac).view(), 17));
        TRY_VOID(print(out, "     *        {}\n", n.device->name()));
    }
    return ok;
}

struct group_printer {
    string& out;
    u32 count = 0;
    bool count_only;
    result<void> outcome{};
};

void visit_group(void* context, const net::ip_address& group, u32 members) noexcept {
    auto& p = *static_cast<group_printer*>(context);
    if (!group.is_v4() || !p.outcome)
        return;
    ++p.count;
    if (p.count_only)
        return;
    p.outcome = print(p.out, "\t\t\t\t{:08X} {:5} 0:00000000\t\t0\n", as_number(group), members);
}

result<void> show_igmp(string& out) noexcept {
    TRY_VOID(out.append("Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter\n"));
    for (auto* i = net::first_interface(); i; i = net::next_interface(*i)) {
        group_printer counter{out, 0, true}, lines{out, 0, false};
        net::for_each_group(*i, visit_group, &counter);
        TRY_VOID(print(out, "{}\t", i->index()));
        TRY_VOID(left(out, i->name(), 10));
        TRY_VOID(print(out, ": {:5}      V3\n", counter.count));
        net::for_each_group(*i, visit_group, &lines);
        TRY_VOID(std::move(lines.outcome));
    }
    return ok;
}

}  // namespace

result<void> add_network_devices(synthetic_directory& net) noexcept {
    TRY_VOID(net.file("dev", {show_dev, nullptr}));
    TRY_VOID(net.file("route", {show_route, nullptr}));
    TRY_VOID(net.file("ipv6_route", {show_ipv6_route, nullptr}));
    TRY_VOID(net.file("if_inet6", {show_if_inet6, nullptr}));
    TRY_VOID(net.file("arp", {show_arp, nullptr}));
    return net.file("igmp", {show_igmp, nullptr});
}

}  // namespace osprey::fs
