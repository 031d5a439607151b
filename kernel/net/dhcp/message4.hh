// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>
#include <net/address.hh>
#include <net/short_list.hh>

namespace osprey::net {

/// Kinds of DHCPv4 messages (RFC 2132 §9.6).
enum class dhcp4_type : u8 {
    none = 0,
    discover,
    offer,
    request,
    decline,
    ack,
    nak,
    release,
    inform
};

/// Options that the client knows (RFC 2132, 3442, 4039).
enum dhcp4_option : u8 {
    dhcp4_pad = 0,
    dhcp4_subnet_mask = 1,
    dhcp4_router = 3,
    dhcp4_name_server = 6,
    dhcp4_host_name = 12,
    dhcp4_domain_name = 15,
    dhcp4_mtu = 26,
    dhcp4_broadcast = 28,
    dhcp4_time_server = 42,
    dhcp4_requested_address = 50,
    dhcp4_lease_time = 51,
    dhcp4_overload = 52,
    dhcp4_message_type = 53,
    dhcp4_server_id = 54,
    dhcp4_parameter_list = 55,
    dhcp4_largest_message = 57,
    dhcp4_renewal_time = 58,
    dhcp4_rebinding_time = 59,
    dhcp4_client_id = 61,
    dhcp4_rapid_commit = 80,
    dhcp4_classless_routes = 121,
    dhcp4_end = 255,
};

/// A route of option 121. A gateway of 0 means: on the link.
struct dhcp4_route {
    u32 destination, gateway;
    u8 prefix;
};

/// What a server's message says. Addresses in host order, times in seconds; 0: not told.
struct dhcp4_reply {
    dhcp4_type type = dhcp4_type::none;
    u32 address = 0;  // yiaddr
    u32 server = 0;
    u32 mask = 0, broadcast = 0;
    u32 lease = 0, renewal = 0, rebinding = 0;
    u16 mtu = 0;
    bool rapid_commit = false;
    short_list<u32, 4> name_servers, time_servers;
    /// With RFC 3442's precedence: those of option 121, else the routers of option 3.
    short_list<dhcp4_route, 32> routes;
    name_text<64> host_name;
    name_text<253> domain;
};

/// Reads a message of a server that answers `transaction` of the client `mac`.
/// @return false: not one, or malformed.
bool parse_dhcp4_reply(std::span<const u8> message, u32 transaction, const mac_address& mac,
                       dhcp4_reply& to) noexcept;

/// What the client says.
struct dhcp4_request {
    dhcp4_type type;
    u32 transaction;
    u16 seconds;  // since it began
    bool want_broadcast;
    u32 client_address;     // ciaddr: ours already
    u32 requested_address;  // option 50, 0: none
    u32 server;             // option 54, 0: none
    mac_address mac;
    std::string_view host_name;  // sent unless empty
};
inline constexpr usize dhcp4_most_bytes = 576;
/// @return how many bytes of `to` it has, at least the 300 that BOOTP relays expect.
usize build_dhcp4_request(const dhcp4_request& r, std::span<u8, dhcp4_most_bytes> to) noexcept;

inline constexpr u16 dhcp4_server_port = 67, dhcp4_client_port = 68;

}  // namespace osprey::net
