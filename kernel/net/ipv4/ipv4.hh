// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/endian.hh>
#include <cstring>
#include <net/packet.hh>
#include <net/route.hh>

namespace osprey::net {

/// RFC 791 §3.1.
struct [[gnu::packed]] ipv4_header {
    u8 version_and_length;
    u8 traffic_class;
    be16 total_bytes;
    be16 id;
    be16 fragment;  // flags and offset in units of 8 bytes
    u8 time_to_live;
    u8 protocol;
    u16 check;  // as stored
    be32 source, destination;

    [[nodiscard]] usize header_bytes() const noexcept { return (version_and_length & 15) * 4u; }
};
static_assert(sizeof(ipv4_header) == 20);
/// Sum over a header without options, folded: 0xffff if its checksum is right.
inline u16 folded_ipv4_header(const ipv4_header& h) noexcept {
    u64 a, b;
    u32 c;
    std::memcpy(&a, &h, sizeof a);
    std::memcpy(&b, reinterpret_cast<const u8*>(&h) + 8, sizeof b);
    std::memcpy(&c, reinterpret_cast<const u8*>(&h) + 16, sizeof c);
    u64 sum = (a & 0xffffffff) + (a >> 32) + (b & 0xffffffff) + (b >> 32) + c;
    sum = (sum & 0xffff) + (sum >> 16 & 0xffff) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<u16>((sum & 0xffff) + (sum >> 16));
}
inline constexpr u16 ipv4_dont_fragment = 0x4000, ipv4_more_fragments = 0x2000;
inline constexpr u16 ipv4_offset_mask = 0x1fff;

/// An IPv4 packet came in: `data()` at its header, `device` filled in. Validates it, puts fragments
/// together, delivers it. Context: a receive thread, or the sender on loopback.
void receive_ipv4(packet_ptr p) noexcept;

/// `send_ip` to an IPv4 destination.
result<void> send_ipv4(route& r, const ip_address& source, u8 protocol, packet_ptr p,
                       const ip_options& options) noexcept;

/// Sends a packet that is larger than the route's MTU, in fragments (RFC 791 §2.3). `p` is at the
/// transport header. Errors as `send_ip`.
result<void> send_ipv4_fragments(route& r, const ip_address& source, u8 protocol, packet& p,
                                 const ip_options& options) noexcept;

/// Puts the IPv4 header in front of `p`; `fragment` is the field of that name.
void push_ipv4_header(packet& p, const ip_address& source, const ip_address& destination,
                      u8 protocol, const ip_options& options, u16 id, u16 fragment) noexcept;

/// A number that no other fragmented packet between the two has had lately, and nobody can guess
/// (RFC 6864, RFC 7739).
u16 next_ipv4_id(const ip_address& source, const ip_address& destination) noexcept;

/// Are the options well-formed and without a source route? (RFC 791 §3.1, RFC 7126 §4)
bool acceptable_ipv4_options(const u8* options, usize bytes) noexcept;

}  // namespace osprey::net
