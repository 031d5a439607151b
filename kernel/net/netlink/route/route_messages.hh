// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <net/change.hh>
#include <net/neighbour.hh>
#include <net/netlink/netlink_socket.hh>
#include <net/route.hh>

/// rtnetlink(7): links, addresses, routes, neighbours and rules, as `ip` and C libraries ask for
/// them. One file for each kind; each writes messages, lists, and makes changes.
namespace osprey::net {

/// RTM_*: of each kind, new, delete, get follow each other.
enum route_message : u16 {
    new_link = 16,
    delete_link = 17,
    get_link = 18,
    new_address = 20,
    delete_address = 21,
    get_address = 22,
    new_route = 24,
    delete_route = 25,
    get_route = 26,
    new_neighbour = 28,
    delete_neighbour = 29,
    get_neighbour = 30,
    get_rule = 34,
    last_route_message = 123,
};

void write_link(netlink_writer& out, const interface& i) noexcept;
void write_address(netlink_writer& out, const interface& i, const interface_address& a) noexcept;
void write_route(netlink_writer& out, const route_entry& r) noexcept;
void write_neighbour(netlink_writer& out, const neighbour_entry& n) noexcept;

// Each treats the three messages of its kind. @return what the acknowledgement says.
result<void> handle_link(const netlink_request_view& r, netlink_answer& answer) noexcept;
result<void> handle_address(const netlink_request_view& r, netlink_answer& answer) noexcept;
result<void> handle_route(const netlink_request_view& r, netlink_answer& answer) noexcept;
result<void> handle_neighbour(const netlink_request_view& r, netlink_answer& answer) noexcept;
result<void> handle_rule(const netlink_request_view& r, netlink_answer& answer) noexcept;

/// AF_* of an address.
inline u8 family_of(const ip_address& a) noexcept {
    return a.is_v4() ? af_inet : af_inet6;
}
inline u32 bits_of(u8 family) noexcept {
    return family == af_inet ? 32 : 128;
}
/// Does a list of `family` (0: all) show it?
inline bool wanted(u8 family, const ip_address& a) noexcept {
    return family == 0 || family == family_of(a);
}

/// Tells the members of the multicast groups what changed.
void start_route_notifications() noexcept;

}  // namespace osprey::net
