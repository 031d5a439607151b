// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <net/interface.hh>

namespace osprey::net {

/// An ARP message came in: `data()` behind the link header. Context: the receive thread.
void receive_arp(packet_ptr p) noexcept;

/// Asks who has `target`: everybody, or the one who had it (RFC 1122 §2.3.2.1). The sender address
/// is one of the interface's in the same network. Context: threads.
void send_arp_request(interface& device, const ip_address& target,
                      const mac_address* directly) noexcept;

/// Tells everybody that `address` is here (gratuitous ARP, RFC 5227 §3): when it is new, and when
/// the machine has moved.
void announce_by_arp(interface& device, const ip_address& address) noexcept;
/// The same for all IPv4 addresses of the interface.
void announce_addresses(interface& device) noexcept;

}  // namespace osprey::net
