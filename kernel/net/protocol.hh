// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
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
    /// After `too_big` the protocol that believes it calls `learn_path_mtu`.
    virtual void error(const icmp_error& e) noexcept { (void)e; }

protected:
    ~transport_protocol() = default;
};
/// At boot only. Packets of unregistered protocols are answered with "protocol unreachable" unless
/// a raw socket takes them.
void register_protocol(u8 number, transport_protocol& p) noexcept;

/// Raw sockets: they see packets of every protocol before the protocol does.
class raw_receiver {
public:
    /// How many sockets there are: nobody is asked while it is zero.
    std::atomic<u32> sockets{0};
    /// As for `transport_protocol`, but the packet stays the caller's: clone it.
    /// @return whether some socket took it.
    virtual bool receive(const packet& p) noexcept = 0;
    virtual void error(u8 protocol, const icmp_error& e) noexcept = 0;

protected:
    constexpr raw_receiver() noexcept = default;
    ~raw_receiver() = default;
};
void register_raw(raw_receiver& r) noexcept;

/// Gives a packet, filled in as `transport_protocol::receive` wants it, to raw sockets and to its
/// protocol. @return the packet if nobody wanted it.
packet_ptr deliver(packet_ptr p) noexcept;
void deliver_error(u8 protocol, const icmp_error& e) noexcept;
/// Our own packet, which begins with its IP header, will not arrive since the neighbour does not
/// answer: whoever sent it is told as if a router had said "host unreachable".
void tell_unreachable(packet& p) noexcept;

/// Answers a packet that came in with an ICMP error of its family, within the limits of RFC 1122
/// §3.2.2 and RFC 4443 §2.4. `data()` is at the transport header. Context: threads.
void send_icmp_error(packet& about, icmp_error::kind what) noexcept;

}  // namespace osprey::net
