// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace osprey::rest {

/// A network interface with its first IPv4 address and its counters.
struct interface_facts {
    std::string name;
    std::string address, mask, broadcast;  ///< empty: none
    std::string link_address;              ///< "52:54:00:…"; empty: none
    unsigned flags = 0;                    ///< IFF_*
    int64_t mtu = 0;
    int64_t arp_type = 0;       ///< ARPHRD_*
    int64_t address_bytes = 0;  ///< of a link address
    int64_t megabits = 0;       ///< 0: not known
    bool has_carrier = false;
    uint64_t rx_packets = 0, rx_errors = 0, rx_bytes = 0, rx_dropped = 0, multicast = 0;
    uint64_t tx_packets = 0, tx_errors = 0, tx_bytes = 0, tx_dropped = 0, collisions = 0;
};

[[nodiscard]] std::vector<interface_facts> read_interfaces();

/// A route of either family.
struct route_facts {
    std::string destination;  ///< "default", or address with "/length" but for one host
    std::string gateway;      ///< address, or "link#interface" if there is none
    std::string flags;        ///< "UGS"
    std::string interface;
    bool is_ipv6 = false;
};

[[nodiscard]] std::vector<route_facts> read_routes();

/// Parse the texts of /proc/net/route and ipv6_route. For tests.
[[nodiscard]] std::vector<route_facts> parse_routes(std::string_view text);
[[nodiscard]] std::vector<route_facts> parse_ipv6_routes(std::string_view text);

}  // namespace osprey::rest
