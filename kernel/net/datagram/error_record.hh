// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <net/protocol.hh>
#include <net/socket.hh>

namespace osprey::net {

/// struct sock_extended_err of Linux (ip(7), IP_RECVERR).
struct extended_error {
    u32 number;  // errno
    u8 origin;   // SO_EE_ORIGIN_*
    u8 type, code, pad;
    u32 info;  // MTU
    u32 data;
};
static_assert(sizeof(extended_error) == 16);
enum : u8 {
    error_origin_local = 1,
    error_origin_icmp = 2,
    error_origin_icmp6 = 3,
    error_origin_zero_copy = 5,
};

/// What an ICMP error means to a program, and whether it ends what it is doing ("hard").
struct error_meaning {
    errc number;
    bool hard;
};
error_meaning meaning_of(const icmp_error& e) noexcept;

/// An error waiting for recvmsg(MSG_ERRQUEUE): a packet with the payload that was sent, the record
/// in `scratch`, the offender in `source`, the original destination in `destination` and
/// `destination_port`. @return null: out of memory.
packet_ptr make_error_record(const extended_error& e, const ip_address& offender,
                             const endpoint& destination, std::span<const u8> payload) noexcept;
[[nodiscard]] extended_error error_of(const packet& record) noexcept;

/// recvmsg(MSG_ERRQUEUE): gives a record to the application. @return bytes of payload.
result<usize> give_error(const packet& record, int family, message& m) noexcept;
/// The same for sends with MSG_ZEROCOPY, `first` to `last` of the socket's. The data have been
/// copied before the send returned (SO_EE_CODE_ZEROCOPY_COPIED), so their memory is free again.
void give_zero_copies(u32 first, u32 last, int family, message& m) noexcept;

}  // namespace osprey::net
