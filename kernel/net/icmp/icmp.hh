// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/endian.hh>
#include <net/protocol.hh>

namespace osprey::net {

/// Types and codes of ICMP (RFC 792, RFC 1122 §3.2.2, IANA).
enum icmp_type : u8 {
    icmp_echo_reply = 0,
    icmp_unreachable = 3,
    icmp_source_quench = 4,
    icmp_redirect = 5,
    icmp_echo = 8,
    icmp_time_exceeded = 11,
    icmp_parameter_problem = 12,
    icmp_timestamp = 13,
    icmp_timestamp_reply = 14,
    icmp_address_mask = 17,
    icmp_address_mask_reply = 18,
};
enum icmp_unreachable_code : u8 {
    icmp_net_unreachable = 0,
    icmp_host_unreachable = 1,
    icmp_protocol_unreachable = 2,
    icmp_port_unreachable = 3,
    icmp_fragmentation_needed = 4,
    icmp_net_prohibited = 9,
    icmp_host_prohibited = 10,
    icmp_prohibited = 13,
};

struct [[gnu::packed]] icmp_header {
    u8 type, code;
    u16 check;      // as stored
    be16 id;        // or unused
    be16 sequence;  // or the next hop's MTU
};
static_assert(sizeof(icmp_header) == 8);

/// Registers protocol 1. At boot.
void start_icmp() noexcept;

/// Ping sockets: they get echo replies (`data()` at the ICMP header, checksum right) and errors
/// about echo requests. At boot only.
void register_ping(transport_protocol& p) noexcept;

/// The IPv4 part of `send_icmp_error`. `mtu`: for `too_big`.
void send_icmpv4_error(packet& about, icmp_error::kind what, u32 mtu) noexcept;

/// May another error go to this address now? One in a second, six at once; and a thousand in a
/// second to all, fifty at once. For both families. Context: threads.
bool icmp_error_allowed(const ip_address& to) noexcept;

}  // namespace osprey::net
