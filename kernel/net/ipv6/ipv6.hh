// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <net/interface.hh>
#include <net/protocol.hh>
#include <net/route.hh>

namespace osprey::net {

/// What IPv6 offers to the layers beside it. Context of all: threads.

/// `interface::receive` found an IPv6 packet: `data()` at the IPv6 header, `device` filled in.
/// Walks extension headers, puts fragments together, delivers to the transport protocol.
void receive_ipv6(packet_ptr p) noexcept;

/// `send_ip` of a destination that is not IPv4: the IPv6 header, fragments where needed, and then
/// `send_on_link`. Arguments and errors as `send_ip`.
result<void> send_ipv6(route& r, const ip_address& source, u8 protocol, packet_ptr p,
                       const ip_options& options) noexcept;

/// Hop limit of packets whose sender wants none in particular; routers advertise it.
extern std::atomic<u8> default_hop_limit6;

/// The source address for `destination` on `out` (RFC 6724 §5). @return any: there is none.
ip_address select_source_address(const interface& out, const ip_address& destination) noexcept;

/// The neighbour cache wants to know who has `target`: multicast to its solicited-node group, or
/// unicast to probe (RFC 4861 §7.2.2). `source`: any of our addresses, or any: chosen here.
void solicit_neighbour(interface& out, const ip_address& target, const ip_address& source,
                       const mac_address* unicast_to) noexcept;

/// An ICMPv6 error about `offending` (`data()` at its IPv6 header), rate limited (RFC 4443 §2.4):
/// nothing is sent about errors, multicasts (but too big) and unspecified sources.
void send_icmpv6_error(const packet& offending, icmp_error::kind what, u8 code,
                       u32 argument) noexcept;

/// The interface came up (or went down): link-local address, DAD, router solicitations (or an
/// end to them).
void start_ipv6(interface& i) noexcept;
void stop_ipv6(interface& i) noexcept;

/// An address was added by hand or by DHCPv6: joins its solicited-node group and does DAD, which
/// ends `IFA_F_TENTATIVE`.
void address_added_ipv6(interface& i, const ip_address& a) noexcept;

}  // namespace osprey::net
