// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <net/packet.hh>

namespace osprey::net {

/// IP protocol numbers (IANA).
enum ip_protocol : u8 {
    protocol_icmp = 1,
    protocol_igmp = 2,
    protocol_tcp = 6,
    protocol_udp = 17,
    protocol_ipv6 = 41,
    protocol_icmpv6 = 58,
};

/// An ICMP error about a packet that we sent, in terms of both families.
struct icmp_error {
    enum class kind : u8 {
        unreachable,
        port_unreachable,
        protocol_unreachable,
        prohibited,
        too_big,
        time_exceeded,
        parameter_problem
    };
    kind what;
    u8 type, code;                   // as on the wire, for IP_RECVERR
    u32 mtu = 0;                     // too_big
    ip_address offender;             // who sent the error
    ip_address source, destination;  // of our packet
    std::span<const u8> transport;   // the first bytes of our packet's transport header, at least 8
};

/// A transport protocol as the IP layers see it. One object per IP protocol number, both families.
/// Context of both: the receive thread of a device (or a sender on loopback). Must not wait for
/// sockets: find the socket under RCU, queue on its channel, tell whoever must know.
class transport_protocol {
public:
    /// `data()` is at the transport header; source, destination, protocol, hop_limit are filled
    /// in. The checksum may still have to be verified (`check`): whoever touches the payload first
    /// does that.
    virtual void receive(packet_ptr p) noexcept = 0;
    virtual void error(const icmp_error& e) noexcept { (void)e; }

protected:
    ~transport_protocol() = default;
};
/// At boot only. Packets of unregistered protocols are answered with "protocol unreachable" unless
/// a raw socket takes them.
void register_protocol(u8 number, transport_protocol& p) noexcept;

}  // namespace osprey::net
