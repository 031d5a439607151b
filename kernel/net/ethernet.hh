// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/endian.hh>
#include <net/packet.hh>

namespace osprey::net {

/// EtherTypes (IANA).
enum ether_type : u16 { ether_ipv4 = 0x0800, ether_arp = 0x0806, ether_ipv6 = 0x86dd };

/// Ethernet II, RFC 894.
struct ethernet_header {
    mac_address destination, source;
    be16 type;
};
static_assert(sizeof(ethernet_header) == 14);

/// Puts the link header in front of `p`.
inline void push_ethernet(packet& p, mac_address destination, mac_address source,
                          u16 type) noexcept {
    auto* h = reinterpret_cast<ethernet_header*>(p.push(sizeof(ethernet_header)));
    h->destination = destination;
    h->source = source;
    h->type = type;
}

}  // namespace osprey::net
