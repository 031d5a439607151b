// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <net/interface.hh>
#include <net/protocol.hh>

namespace osprey::net {

/// Registers protocol 58. At boot.
void start_icmpv6() noexcept;

/// Ping sockets: they get echo replies (`data()` at the ICMPv6 header, checksum right) and errors
/// about echo requests. At boot only.
void register_ping6(transport_protocol& p) noexcept;

/// A message of neighbour discovery or group management: `p` at its ICMPv6 header, checksum right.
void receive_ndp(packet_ptr p) noexcept;
void receive_mld(packet_ptr p) noexcept;

/// Sends an ICMPv6 message on the link itself, past routes and neighbours: hop limit 255, or 1 with
/// a router alert (`alert`) as MLD has it (RFC 3810 §5). Fills in the checksum.
void send_on_link_icmpv6(interface& out, const ip_address& source, const ip_address& destination,
                         const mac_address& to, std::span<const u8> message, bool alert) noexcept;

}  // namespace osprey::net
